import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";

/** A Chromium of this machine, or one of its relatives; undefined where there is none. */
export const chromiumPath = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) =>
    (process.env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, name)),
  )
  .find((path) => existsSync(path));

export const noChromium = "there is no chromium on this machine";

export async function launchChromium(): Promise<Browser> {
  const { chromium } = await import("playwright-core");
  // Its sandbox does not work for root, nor everywhere in containers.
  const args = ["--no-sandbox", "--disable-dev-shm-usage"];
  return chromium.launch({ executablePath: chromiumPath ?? "", args });
}

/** What axe, or one of its rules, finds against the page as it is now, with the elements. */
export async function findViolations(page: Page, rule?: string): Promise<readonly string[]> {
  // Through the debugger: the page lets no script in.
  await page.evaluate(`${axe.source}\n;0`);
  const only = rule === undefined ? {} : { runOnly: [rule] };
  const options = JSON.stringify({ resultTypes: ["violations"], ...only });
  return page.evaluate(`axe.run(${options}).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => [id, help, target, failureSummary].join(" | ")),
    ),
  )`);
}
