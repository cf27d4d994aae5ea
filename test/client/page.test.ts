import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import * as library from "../../src/client/client.ts";
import * as emulatorLibrary from "../../src/emulator/server/start-emulator.ts";
import { test } from "./kit.ts";

const page = await readFile(join(import.meta.dirname, "../../docs/client.md"), "utf8");
const samples = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code);

/** Runs a sample of the page, and returns what it exports. Its imports and free names are given. */
async function run(code: string, given: Readonly<Record<string, unknown>>): Promise<unknown> {
  const imported: Readonly<Record<string, object>> = {
    "rcwh/client": { ...library, ...(given["library"] as object | undefined) },
    "rcwh/emulator": emulatorLibrary,
    "@neondatabase/serverless": { neon: () => async () => [] },
  };
  const body = code
    .replace(/^import (\{[^}]*\}) from "([^"]*)";$/gm, (_, names, from) => {
      if (!imported[from]) throw new Error(`The sample imports ${from}.`);
      return `const ${names} = imported[${JSON.stringify(from)}];`;
    })
    .replace(/^export (?:default )?/m, "return ");
  const names = { ...given, imported };
  const AsyncFunction = (async () => {}).constructor as new (
    ...words: string[]
  ) => (...values: unknown[]) => Promise<unknown>;
  return new AsyncFunction(...Object.keys(names), body)(...Object.values(names));
}

function sampleWith(text: string): string {
  const sample = samples.find((each) => each.includes(text));
  if (sample === undefined) throw new Error(`No sample has ${text}.`);
  return sample;
}

describe("docs/client.md", () => {
  test("keeps one webhook", async ({ emulator, endpoint, expect }) => {
    const env = {
      RC_SERVER_URL: emulator.url,
      RC_APP_CLIENT_ID: emulator.clientId,
      RC_APP_CLIENT_SECRET: emulator.clientSecret,
      RC_USER_JWT: emulator.jwt(),
    };
    const lines: unknown[][] = [];
    const console = { log: (...words: unknown[]) => void lines.push(words) };
    const code = sampleWith("await client.ensure").replace(
      "https://example.com/hook",
      endpoint.url,
    );
    await run(code, { process: { env }, console });

    const [subscription] = emulator.subscriptions();
    expect(lines).toEqual([[subscription?.id, "created", subscription?.expirationTime]]);
  });

  test("renews from a schedule", async ({ connect, emulator, endpoint, clock, expect }) => {
    const store = library.memoryStore(clock);
    const { id } = await connect({ store }).create({ filters: ["posts"], url: endpoint.url });
    emulator.blacklist(id);
    const lines: unknown[][] = [];
    const console = { warn: (...words: unknown[]) => void lines.push(words) };
    const worker = (await run(sampleWith("scheduled("), {
      console,
      library: { postgresStore: () => store },
    })) as { scheduled(event: unknown, env: object): Promise<void> };
    const env = { RC_SERVER_URL: emulator.url, CLIENT_ID: emulator.clientId };
    const secrets = { CLIENT_SECRET: emulator.clientSecret, JWT: emulator.jwt() };
    await worker.scheduled({}, { ...env, ...secrets });

    expect(lines).toEqual([]);
    expect(emulator.subscriptions()).toMatchObject([{ status: "Active" }]);
    expect(emulator.subscriptions()[0]?.id).not.toBe(id);
  });

  test("tells a queue what is dead and what waits", async ({ emulator, endpoint, expect }) => {
    const work = (await run(sampleWith("bury"), {})) as (...words: object[]) => Promise<unknown>;
    const { url: server, clientId, clientSecret } = emulator;
    const account = { server, credentials: { clientId, clientSecret, jwt: emulator.jwt() } };
    const queue = {
      store: library.memoryStore(),
      bury: (code: string) => `dead: ${code}`,
      retryIn: (seconds: number) => `in ${seconds} s`,
    };
    endpoint.status = 500;
    expect(await work({ account, url: endpoint.url }, queue)).toBe("dead: SUB-522");
    emulator.faults.add({
      match: { method: "GET" },
      code: "CMN-301",
      headers: { "Retry-After": "300" },
    });
    expect(await work({ account, url: endpoint.url }, queue)).toMatch(/^in (?:300|299) s$/);
    endpoint.status = undefined;
    expect(
      await work({ account, url: endpoint.url }, { ...queue, store: library.memoryStore() }),
    ).toMatchObject({
      outcome: "created",
    });
  });

  test("rotates a token", async ({ connect, clock, endpoint, expect }) => {
    const client = connect({ store: library.memoryStore(clock) });
    await client.create({ filters: ["posts"], url: endpoint.url });
    const kept: Record<string, string> = {};
    const secrets = {
      put: (name: string, value: string) => {
        kept[name] = value;
      },
    };
    const code = sampleWith("rotateToken").replace("https://example.com/hook", endpoint.url);
    await run(code, { client, secrets });
    expect(kept["current"]).toBe(kept["next"]);
    expect(endpoint.tokens.at(-1)).toBe(kept["current"]);
  });

  test("renews in a test", async ({ endpoint, expect }) => {
    const lines: unknown[] = [];
    const console = { log: (line: unknown) => void lines.push(line) };
    await run(sampleWith("startEmulator"), { console, hook: endpoint.url });
    expect(lines).toEqual(["renewed"]);
  });

  test("shows only samples that a test runs", ({ expect }) => {
    expect(samples).toHaveLength(5);
  });
});
