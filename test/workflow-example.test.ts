import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe } from "vitest";
import { parse } from "yaml";
import { test } from "./support/rcwh.ts";

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, { readonly if: string; readonly steps: readonly Step[] }>>;
}

const path = join(import.meta.dirname, "../examples/github-actions/webhooks.yml");
const workflow: Workflow = parse(await readFile(path, "utf8"));
const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

describe("the workflow of examples/github-actions", () => {
  test("puts no text of others into a script, and names its actions by commit", ({ expect }) => {
    for (const { run = "", uses = "@" } of steps) {
      expect(run).not.toContain("${{");
      if (uses !== "@") expect(uses).toMatch(/@[0-9a-f]{40}$/);
    }
    expect(workflow.permissions).toEqual({ contents: "read" });
    expect(workflow.on).not.toHaveProperty("pull_request_target");
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout"));
    expect(checkouts.map((step) => step.with?.["persist-credentials"])).toEqual([
      false,
      false,
      false,
    ]);
    const [tools, proposed] = checkouts;
    expect(tools?.with?.["ref"]).toContain("pull_request.base.sha");
    expect(proposed?.with).toMatchObject({ path: "proposed", "sparse-checkout": "rcwh.yaml" });
    expect(workflow.jobs["plan"]?.if).toContain("head.repo.full_name == github.repository");
    expect(workflow.jobs["apply"]?.if).toContain("github.event_name != 'pull_request'");
  });

  test.for([
    [8, "### RingCentral webhooks: exit code 8", ""],
    [2, "### RingCentral webhooks: exit code 2", "failed=2\n"],
  ] as const)(
    "comments what plan prints as a block that nothing ends: exit code %i",
    async ([code, heading, output], { directory, expect }) => {
      const run = steps.find(({ name }) => name === "Plan")?.run ?? "";
      const program = join(directory, "rcwh");
      const printed =
        "+ create  orders\n```\n@everybody [x](https://example.com)\n$(touch owned)\n";
      await writeFile(program, `#!/bin/sh\ncat <<'END'\n${printed}END\nexit ${code}\n`);
      await chmod(program, 0o755);
      await mkdir(join(directory, "proposed"));
      const outputs = join(directory, "outputs");
      await writeFile(outputs, "");
      // As GitHub runs a script.
      await promisify(execFile)("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
        cwd: directory,
        env: { PATH: process.env["PATH"], RCWH: program, GITHUB_OUTPUT: outputs },
      });
      const comment = await readFile(join(directory, "comment.md"), "utf8");
      const indented = printed.replace(/^(?=.)/gm, "    ");
      expect(comment).toBe(`${heading}\n\n${indented}`);
      expect(await readFile(outputs, "utf8")).toBe(output);
    },
  );
});
