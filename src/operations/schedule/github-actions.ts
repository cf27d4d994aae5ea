import { UsageError } from "../../errors.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { cronExpression } from "../../subscriptions/interval.ts";
import type { Schedule, ScheduleFile } from "./schedule.ts";

/** Minutes. */
const shortestInterval = 5;

/** A workflow whose credentials are the repository's secrets. Nothing is saved from run to run. */
export function renderGitHubActions(schedule: Schedule, version: string): readonly ScheduleFile[] {
  const { interval, longestRun, at, words, reasons } = schedule;
  if (interval.minutes < shortestInterval) {
    throw new UsageError(
      `GitHub runs a schedule at most every ${shortestInterval} minutes, but these lifetimes need a run every ${interval.minutes}.`,
      "Renew with a longer lifetime, such as `rcwh renew --expires-in 7d`, or choose another scheduler.",
    );
  }
  const text = [
    "# rcwh: renews RingCentral webhook subscriptions.",
    ...reasons.map((reason) => `# ${reason}`),
    "# Commit this as .github/workflows/rcwh-renew.yml, and create the secrets under Settings → Secrets and",
    "# variables → Actions. GitHub may start scheduled runs late, and stops them in a public repository after",
    "# 60 days without a commit.",
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

/** Quotes for the shell, and for GitHub, which replaces `${{ … }}` before the shell sees it. */
function quote(text: string): string {
  // Two quotes end the quoted text and begin the next.
  return shellWord(text).replaceAll("${{", () => "$''{{");
}
