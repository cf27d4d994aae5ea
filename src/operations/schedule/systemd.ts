import type { Schedule } from "./schedule.ts";
import type { ScheduleFile } from "./schedule-file.ts";

/** A service that runs once, and the timer that starts it, also after the machine was off. */
export function renderSystemd(schedule: Schedule): readonly ScheduleFile[] {
  return [
    { path: "/etc/systemd/system/rcwh-renew.service", text: renderService(schedule) },
    { path: "/etc/systemd/system/rcwh-renew.timer", text: renderTimer(schedule) },
  ];
}

function renderService({ longestRun, program, words, environment, user }: Schedule): string {
  const command = [...program, ...words].map((word) => quote(word.replaceAll("$", "$$$$")));
  return [
    "# Exit codes say how it went; `journalctl -u rcwh-renew` has the words. OnFailure= can tell somebody.",
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
    // rcwh ends by itself before that.
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

/** As systemd.time(7) has it: `hour/step:minute:second`. */
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

/** As systemd.syntax(7) has it; a percent sign begins a specifier. */
function quote(text: string): string {
  const escaped = text.replaceAll("%", "%%").replace(/["\\]/g, "\\$&");
  return /^[\w@%+=:,./$-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}
