import { UsageError } from "../../errors.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { cronExpression } from "../../subscriptions/interval.ts";
import type { Schedule } from "./schedule.ts";
import type { ScheduleFile } from "./schedule-file.ts";

/** Minutes. */
const shortestInterval = 5;

/** A workflow whose credentials are the repository's secrets. Nothing is kept from run to run. */
export function renderGitHubActions(schedule: Schedule, version: string): readonly ScheduleFile[] {
  const { interval, longestRun, at, words, reasons } = schedule;
  if (interval.minutes < shortestInterval) {
    throw new UsageError(
      `GitHub starts nothing more often than every ${shortestInterval} minutes, and these lives need a run every ${interval.minutes}.`,
      "Ask for longer lives with `rcwh renew --expires-in 7d`, or choose another scheduler.",
    );
  }
  const text = [
    "# rcwh: renews RingCentral webhook subscriptions.",
    ...reasons.map((reason) => `# ${reason}`),
    "# Commit this as .github/workflows/rcwh-renew.yml, and make the secrets under Settings → Secrets and",
    "# variables → Actions. GitHub may start scheduled runs late, and stops them in a public repository where",
    "# nothing was committed for 60 days.",
    "name: Renew RingCentral webhooks",
    "on:",
    "  schedule:",
    `    - cron: "${cronExpression(interval, at)}"`,
    "  workflow_dispatch:",
    "permissions: {}",
    "concurrency:",
    "  group: rcwh-renew",
    "  cancel-in-progress: false",
    "jobs:",
    "  renew:",
    "    runs-on: ubuntu-latest",
    `    timeout-minutes: ${Math.ceil(longestRun / 60) + 5}`,
    "    steps:",
    "      - uses: actions/setup-node@v4",
    "        with:",
    "          node-version: 22",
    `      - run: ${JSON.stringify(["npx", "--yes", `rcwh@${version}`, ...words].map(quote).join(" "))}`,
    "        env:",
    ...secrets.map((name) => `          ${name}: \${{ secrets.${name} }}`),
  ].join("\n");
  return [{ path: ".github/workflows/rcwh-renew.yml", text }];
}

/** An absent secret is an empty variable, which counts as unset. */
const secrets = ["RCWH_SERVER", "RCWH_CLIENT_ID", "RCWH_CLIENT_SECRET", "RCWH_JWT"] as const;

/** For the shell, and for GitHub, which puts a value in the place of `${{ … }}` before any shell sees it. */
function quote(text: string): string {
  // Inside quotes two of them end the one text and begin the next.
  return shellWord(text).replaceAll("${{", () => "$''{{");
}
