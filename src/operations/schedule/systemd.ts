import type { Schedule, ScheduleFile } from "./schedule.ts";

/** A service that runs once, and its timer, which catches up on runs that were missed while the machine was off. */
export function renderSystemd(schedule: Schedule): readonly ScheduleFile[] {
  return [
    { path: "/etc/systemd/system/rcwh-renew.service", text: renderService(schedule) },
    { path: "/etc/systemd/system/rcwh-renew.timer", text: renderTimer(schedule) },
  ];
}

function renderService({ longestRun, program, words, environment, user }: Schedule): string {
  const command = [...program, ...words].map((word) => quote(word.replaceAll("$", "$$$$")));
  return [
    "# The exit code says how a run ended, and `journalctl -u rcwh-renew` why. OnFailure= can notify somebody.",
    "[Unit]",
    "Description=Renew RingCentral webhook subscriptions",
    "Wants=network-online.target",
    "After=network-online.target",
    "",
    "[Service]",
    "Type=oneshot",
    ...(user === undefined ? [] : [`User=${user}`]),
    ...Object.entries(environment).map(
      ([name, value]) => `Environment=${quote(`${name}=${value}`)}`,
    ),
    `ExecStart=${command.join(" ")}`,
    // rcwh stops by itself before that.
    `TimeoutStartSec=${longestRun + 60}`,
    "NoNewPrivileges=true",
  ].join("\n");
}

function renderTimer({ interval, at, reasons }: Schedule): string {
  return [
    ...reasons.map((reason) => `# ${reason}`),
    "# Install both files, then: systemctl daemon-reload && systemctl enable --now rcwh-renew.timer",
    "[Unit]",
    "Description=Renew RingCentral webhook subscriptions",
    "",
    "[Timer]",
    `OnCalendar=${calendar(interval.minutes, at)}`,
    "Persistent=true",
    `RandomizedDelaySec=${Math.round(interval.delay * 60)}`,
    "AccuracySec=1s",
    "",
    "[Install]",
    "WantedBy=timers.target",
  ].join("\n");
}

/** Calendar time as in systemd.time(7): `hour/step:minute:second`. */
function calendar(minutes: number, at: number): string {
  if (minutes < 60) return `*-*-* *:${two(at)}/${minutes}:00`;
  const minute = two(at % 60);
  const hour = two(Math.floor(at / 60));
  if (minutes === 60) return `*-*-* *:${minute}:00`;
  return `*-*-* ${hour}${minutes === 1440 ? "" : `/${minutes / 60}`}:${minute}:00`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

/** Quotes as in systemd.syntax(7); a percent sign begins a specifier. */
function quote(text: string): string {
  const escaped = text.replaceAll("%", "%%").replace(/["\\]/g, "\\$&");
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
