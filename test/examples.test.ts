import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { test as base, describe } from "vitest";
import { checkEndpoint } from "../src/check/rules.ts";
import type { RunningEmulator } from "../src/emulator/server/running-emulator.ts";
import { startEmulator } from "../src/emulator/server/start-emulator.ts";
import { generateEvent } from "../src/events/event.ts";
import { createRedactor } from "../src/machine/redact.ts";
import { eventContext } from "./events/kit.ts";
import { closedPort } from "./support/endpoints.ts";

const root = join(import.meta.dirname, "..");
const dependencies = ["@hono/node-server", "express", "fastify", "hono"];
const servers = ["node-http.mjs", "express.mjs", "fastify.mjs", "hono.mjs"];
const verificationToken = "s3cret";

interface Example {
  readonly url: string;
  /** The output since it was ready. */
  readonly lines: readonly string[];
}

const run = promisify(execFile);

/** The commands below a heading of a page. */
function blockOf(page: string, title: string): string {
  const [, block = ""] =
    new RegExp(`^#+ ${title}\n[^#]*?^\`\`\`sh\n(.*?)^\`\`\`$`, "ms").exec(page) ?? [];
  return block;
}

interface Fixtures {
  /** A project of somebody who has installed rcwh and what the examples import; `npm` and `npx` use that. */
  readonly project: string;
  /** A copy of examples/receiver with the files that `npm install` would create. */
  readonly folder: string;
  readonly emulator: RunningEmulator;
  readonly run: (name: string) => Promise<Example>;
}

const test = base.extend<Fixtures>({
  project: async ({}, use) => {
    const project = await mkdtemp(join(tmpdir(), "rcwh-project-"));
    await link(project);
    await mkdir(join(project, "bin"));
    for (const [name, command] of Object.entries({
      npm: ":",
      npx: '"$@"',
      rcwh: `"${process.execPath}" "${join(root, "bin/rcwh.js")}" "$@"`,
    })) {
      await writeFile(join(project, "bin", name), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    }
    await use(project);
    await rm(project, { recursive: true });
  },
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), "rcwh-examples-"));
    const filter = (source: string) => !source.includes("node_modules");
    await cp(join(root, "examples/receiver"), folder, { recursive: true, filter });
    await link(folder);
    await use(folder);
    await rm(folder, { recursive: true });
  },
  emulator: async ({}, use) => {
    const emulator = await startEmulator();
    await use(emulator);
    await emulator.close();
  },
  run: async ({ folder }, use) => {
    const children: ChildProcess[] = [];
    await use(async (name) => {
      const child = spawn(process.execPath, [join(folder, name)], {
        env: { PORT: "0", VERIFICATION_TOKEN: verificationToken },
        stdio: ["ignore", "pipe", "inherit"],
      });
      children.push(child);
      const lines: string[] = [];
      const reader = createInterface(child.stdout).on("line", (line) => lines.push(line));
      await Promise.race([once(reader, "line"), once(child, "exit")]);
      const url = lines.shift();
      if (url === undefined) throw new Error(`${name} ended with ${child.exitCode}`);
      return { url, lines };
    });
    for (const child of children) {
      if (child.exitCode !== null) continue;
      child.kill();
      await once(child, "exit");
    }
  },
});

/** Creates the folder `node_modules` that `npm install` would create. */
async function link(folder: string): Promise<void> {
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@hono"), { recursive: true });
  await symlink(root, join(modules, "rcwh"));
  for (const name of dependencies) {
    await symlink(join(root, "node_modules", name), join(modules, name));
  }
}

describe("examples/receiver", () => {
  for (const name of [...servers, "lambda-url.mjs"]) {
    test(`${name} passes RingCentral's test, gets events and drops a wrong token`, async ({
      emulator,
      run,
      expect,
    }) => {
      const { url, lines } = await run(name);

      expect(await subscribe(emulator, url)).toMatchObject({ status: "Active" });
      const deliveries = await emulator.sendEvent({ filter: "posts", body: { text: "Hello" } });
      const forged = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Verification-Token": "guess" },
        body: JSON.stringify({ event: "/team-messaging/v1/posts", body: { text: "Forged" } }),
      });

      expect(deliveries).toMatchObject([{ delivered: true, status: 200 }]);
      expect(forged.status).toBe(200);
      await expect
        .poll(() => lines)
        .toEqual(["post: Hello", "dropped: The verification token does not match"]);
    });

    test(`${name} passes every rule of \`rcwh check\``, async ({ run, expect }) => {
      const { url, lines } = await run(name);

      const text = JSON.stringify(generateEvent("/team-messaging/v1/posts", eventContext(1)));
      const rows = await checkEndpoint(url, {
        verificationToken,
        samples: 3,
        event: { text },
        ownServer: true,
        signal: new AbortController().signal,
        redactor: createRedactor(),
        env: {},
      });

      expect(rows.filter(({ status }) => status === "fail" || status === "warn")).toEqual([]);
      expect(rows.filter(({ status }) => status === "pass").length).toBeGreaterThan(5);
      await expect.poll(() => lines.filter((line) => line.startsWith("post: "))).toHaveLength(1);
    });
  }

  for (const section of ["In your project", "AWS Lambda"]) {
    test(`run by the commands of README.md: ${section}`, async ({ project, expect }) => {
      const readme = await readFile(join(root, "examples/receiver/README.md"), "utf8");
      const [start = "", attempt = ""] = [section, "Try it"].map((title) => blockOf(readme, title));
      const port = String(await closedPort());
      const script = [
        "set -e",
        start.replace(
          /^(VERIFICATION_TOKEN=\S+) (node .*)$/m,
          "$1 exec $2 > printed.txt & server=$!",
        ),
        "trap 'kill $server' EXIT",
        "while ! grep -q http printed.txt; do sleep 0.05; done",
        attempt.replaceAll("8080", port),
        "while ! grep post: printed.txt; do sleep 0.05; done",
      ];
      // In a shell of its own, so that exec replaces only that.
      const commands = script
        .join("\n")
        .replace(/^(VERIFICATION_TOKEN.*) & server/m, "($1) & server");
      await writeFile(join(project, "script.sh"), commands);
      const { stdout } = await run("sh", ["script.sh"], {
        cwd: project,
        env: { PATH: `${join(project, "bin")}:${process.env["PATH"]}`, HOME: project, PORT: port },
      });

      expect(stdout).toMatch(/^\S+\tActive\t.*\n\S+\ttrue\t200\t.*\npost: Hello\n$/);
    });
  }

  test("copied by the commands of README.md, answer in Next.js and in a Worker", async ({
    project,
    expect,
  }) => {
    const readme = await readFile(join(root, "examples/receiver/README.md"), "utf8");
    const blocks = ["Next.js", "Cloudflare Workers"].map((title) => blockOf(readme, title));
    const copies = blocks.join("").match(/^(?:mkdir|cp) .*$/gm) ?? [];
    await run("sh", ["-c", copies.join(" && ")], { cwd: project });
    // What Next.js does for its users: it takes any file of `app` for a module, and keeps a request's work in mind.
    await mkdir(join(project, "node_modules/next"));
    for (const [path, text] of Object.entries({
      "app/package.json": '{ "type": "module" }',
      "node_modules/next/package.json": '{ "exports": { "./server": "./server.mjs" } }',
      "node_modules/next/server.mjs":
        'export const after = (work) => work.then(() => process.stdout.write("after\\n"));',
      "try.mjs": `
        import { POST } from "./app/webhook/route.js";
        import worker from "./worker.mjs";
        const deliver = (answer) => answer(new Request("http://localhost/webhook", {
          method: "POST",
          headers: { "Verification-Token": "s3cret" },
          body: JSON.stringify({ event: "/team-messaging/v1/posts", body: { text: "Hello" } }),
        }));
        console.log((await deliver(POST)).status);
        await new Promise((resolve) => setTimeout(resolve, 10));
        let work;
        const context = { waitUntil: (each) => { work = each; } };
        const answer = await deliver((request) => worker.fetch(request, { VERIFICATION_TOKEN: "s3cret" }, context));
        console.log(answer.status);
        await work;
      `,
    })) {
      await writeFile(join(project, path), text);
    }
    const { stdout } = await run(process.execPath, ["try.mjs"], {
      cwd: project,
      env: { VERIFICATION_TOKEN: verificationToken },
    });

    expect(stdout).toBe("200\npost: Hello\nafter\n200\npost: Hello\n");
  });

  test("are shown in docs/receiver.md", async ({ folder, expect }) => {
    const page = await readFile(join(root, "docs/receiver.md"), "utf8");
    const programs = await Promise.all(servers.map((name) => readFile(join(folder, name), "utf8")));

    const [whole = ""] = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(whole).toBe(programs[0]);
    const lines = [...page.matchAll(/^\| \S+ +\| `(.*;)` +\|$/gm)].map(([, line = ""]) => line);
    expect(lines).toHaveLength(4);
    for (const [index, line] of lines.entries()) expect(programs[index]).toContain(line);
  });

  test("pin the versions that they are tested with", async ({ folder, expect }) => {
    const read = async (path: string) => JSON.parse(await readFile(path, "utf8"));
    const example = await read(join(folder, "package.json"));
    const { devDependencies } = await read(join(root, "package.json"));

    const tested = dependencies.map((name) => [name, `^${devDependencies[name]}`]);
    expect(example.dependencies).toEqual({ ...Object.fromEntries(tested), rcwh: "file:../.." });
  });
});

async function subscribe(
  { url, clientId, clientSecret, jwt }: RunningEmulator,
  address: string,
): Promise<unknown> {
  const signedIn = await fetch(`${url}/restapi/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: jwt(),
    }),
  });
  const { access_token: token } = Object(await signedIn.json());
  const answer = await fetch(`${url}/restapi/v1.0/subscription`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      eventFilters: ["/team-messaging/v1/posts"],
      deliveryMode: { transportType: "WebHook", address, verificationToken },
    }),
  });
  return answer.json();
}
