import { UsageError } from "../../errors.ts";
import { shellWord } from "../../machine/shell-word.ts";
import { cronExpression } from "../../subscriptions/interval.ts";
import type { Schedule, ScheduleFile } from "./schedule.ts";

/** Minutes. */
const shortestInterval = 5;

/**
 * Actions by commit, because a tag can be moved to other code. These are actions/checkout v4.4.0 and
 * actions/setup-node v4.4.0, as https://github.com/actions publishes them.
 */
const checkout = "actions/checkout@11d5960a326750d5838078e36cf38b85af677262 # v4.4.0";
const setupNode = "actions/setup-node@49933ea5288caeca8642d1e84afbd3f7d6820020 # v4.4.0";

/**
 * A workflow whose credentials are the repository's secrets. Nothing is saved from run to run. rcwh comes from the
 * repository's lock file, with its hash. It is not published: by its name alone, `npx` or `npm install` would take whatever
 * somebody else may put on the registry, beside the secrets.
 */
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
    "# Commit this as .github/workflows/rcwh-renew.yml, with package.json, package-lock.json and the tarball that",
    "# `npm pack` makes in a clone of rcwh. The lock file keeps the tarball's hash:",
    `#   npm install --save-exact ./rcwh-${version}.tgz`,
    "# Do not install rcwh by its name: it is not published, and the registry may have something else under that name.",
    "# Create the secrets under Settings → Secrets and variables → Actions. GitHub may start scheduled runs late,",
    "# and stops them in a public repository after 60 days without a commit.",
    "name: Renew RingCentral webhooks",
    "on:",
    "  schedule:",
    `    - cron: "${cronExpression(interval, at)}"`,
    "  workflow_dispatch:",
    "permissions:",
    "  contents: read",
    "concurrency:",
    "  group: rcwh-renew",
    "  cancel-in-progress: false",
    "jobs:",
    "  renew:",
    "    runs-on: ubuntu-latest",
    `    timeout-minutes: ${Math.ceil(longestRun / 60) + 5}`,
    "    steps:",
    `      - uses: ${checkout}`,
    "        with:",
    "          persist-credentials: false",
    `      - uses: ${setupNode}`,
    "        with:",
    "          node-version: 22",
    "      - run: npm ci --ignore-scripts",
    `      - run: ${JSON.stringify([...program, ...words].map(quote).join(" "))}`,
    "        env:",
    ...secrets.map((name) => `          ${name}: \${{ secrets.${name} }}`),
  ].join("\n");
  return [{ path: ".github/workflows/rcwh-renew.yml", text }];
}

const program = ["node", "--", "node_modules/rcwh/bin/rcwh.js"];

/** An absent secret is an empty variable, which counts as unset. */
const secrets = ["RCWH_SERVER", "RCWH_CLIENT_ID", "RCWH_CLIENT_SECRET", "RCWH_JWT"] as const;

/** Quotes for the shell, and for GitHub, which replaces `${{ … }}` before the shell sees it. */
function quote(text: string): string {
  // Two quotes end the quoted text and begin the next.
  return shellWord(text).replaceAll("${{", () => "$''{{");
}
