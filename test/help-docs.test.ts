import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { test } from "./support/rcwh.ts";

const page = `# Renewing

A subscription expires after 7 days
unless you ask for more, up to ten years.

\`\`\`sh
rcwh cron print       # a line that is longer than the terminal
\`\`\`

- Often enough to survive
  three failed runs, and no more.
- Second.

| a table | that is wider than the terminal |
`;

test("`rcwh help docs <page>` wraps prose for a terminal", async ({ rcwh, directory, expect }) => {
  await mkdir(join(directory, "dist"));
  await writeFile(join(directory, "dist/docs.br"), brotliCompressSync(`\0\0cron\0${page}`));
  const script = join(directory, "bin/rcwh.js");

  const shown = await rcwh("help docs cron", {
    script,
    tty: true,
    columns: 30,
    env: { PAGER: "" },
  });
  expect(shown.stdout).toMatchInlineSnapshot(`
    "# Renewing

    A subscription expires after 7
    days unless you ask for more,
    up to ten years.

    \`\`\`sh
    rcwh cron print       # a line that is longer than the terminal
    \`\`\`

    - Often enough to survive
      three failed runs, and no
      more.
    - Second.

    | a table | that is wider than the terminal |
    "
  `);
  expect((await rcwh("help docs cron", { script })).stdout).toBe(page);
  expect((await rcwh("help docs docs/CRON.md", { script })).stdout).toBe(page);
  const { stdout } = await rcwh("help docs cron --json", { script });
  const text = page;
  expect(JSON.parse(stdout)).toEqual({ schemaVersion: 1, page: "cron", title: "Renewing", text });
});

test("`rcwh help docs` shows one page at a time, and names the one that was meant", async ({
  rcwh,
  directory,
  expect,
}) => {
  await mkdir(join(directory, "dist"));
  const pages = `\0\0cron\0${page}\0\0webhooks-as-code\0${page}`;
  await writeFile(join(directory, "dist/docs.br"), brotliCompressSync(pages));
  const script = join(directory, "bin/rcwh.js");
  const errors: string[] = [];
  for (const words of ["webhooks as code", "webhook as cod", "cron renew", "a b"]) {
    const { exitCode, stdout, stderr } = await rcwh(`help docs ${words}`, { script });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    errors.push(stderr);
  }
  expect(errors.join("")).toMatchInlineSnapshot(`
    "error: There is no page "webhooks as code".
    hint: Did you mean webhooks-as-code? List all with \`rcwh help docs\`.
    error: There is no page "webhook as cod".
    hint: Did you mean webhooks-as-code? List all with \`rcwh help docs\`.
    error: There is no page "cron renew".
    hint: Did you mean cron? List all with \`rcwh help docs\`.
    error: There is no page "a b".
    hint: List all with \`rcwh help docs\`.
    "
  `);
});
