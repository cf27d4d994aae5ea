import { join } from "node:path";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";
import { findForgery, payloads } from "./payloads.ts";

/** Every field of every answer, and every payload: minutes, where the suite takes one field in thirteen. */
const isWhole = process.env["RCWH_HOSTILE"] === "all";
const stride = isWhole ? 1 : 13;

/** `{id}` is a subscription's id, `{url}` its address. */
const commands: readonly { readonly words: string }[] = [
  { words: "whoami" },
  { words: "list" },
  { words: "list --status unhealthy --fail-on any" },
  { words: "show {id}" },
  { words: "renew {id}" },
  { words: "renew --recover" },
  { words: "update {id} --add-filter voicemail" },
  { words: "update {id} --url {url}/new" },
  { words: "rotate-token {id} --no-wait" },
  { words: "delete {id}" },
  { words: "recover {id}" },
  { words: "forget {id}" },
  { words: "create --filter sms --url {url}" },
  { words: "create --filter posts --url {url} --if-exists reuse" },
  { words: "doctor" },
  { words: "status" },
  { words: "logout" },
];
const formats = ["json", "ndjson", "yaml", "tsv", "csv"];

/** A place in an answer: the operation, and the keys that lead there. */
interface Field {
  readonly operation: string;
  readonly keys: readonly string[];
}

/** Changes what the server answers, if only for the commands of a test. */
type Forge = (operation: string, answer: unknown) => unknown;

function operationOf({ method, url }: Request): string {
  return `${method} ${new URL(url).pathname.replace(/(?<=subscription\/)[^/]+/, "{id}")}`;
}

/** Has every answer that is JSON pass through `forge`. */
function forgeAnswers(emulator: Emulator, forge: Forge): () => void {
  let isInner = false;
  return emulator.intercept(async (request) => {
    if (isInner) return undefined;
    isInner = true;
    const answer = await emulator.fetch(request).finally(() => {
      isInner = false;
    });
    if (!answer.headers.get("Content-Type")?.includes("json")) return answer;
    const forged = forge(operationOf(request), await answer.json());
    const { status, headers } = answer;
    headers.delete("Content-Length");
    return new Response(JSON.stringify(forged), { status, headers });
  }, Number.POSITIVE_INFINITY);
}

/** All scalars in an answer, by the keys that lead there. */
function fieldsOf(answer: unknown, keys: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof answer !== "object" || answer === null) return [keys];
  return Object.entries(answer).flatMap(([key, value]) => fieldsOf(value, [...keys, key]));
}

function withField(answer: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof answer !== "object" || answer === null) return answer;
  if (Array.isArray(answer))
    return answer.map((item, index) =>
      String(index) === key ? withField(item, rest, value) : item,
    );
  return { ...answer, [key]: withField(Reflect.get(answer, key), rest, value) };
}

interface Fixtures {
  /** One run on a colored terminal, with a configuration and a subscription of its own. */
  readonly run: (words: string, options: RunOptions, forge?: Forge) => Promise<RunResult>;
}

const test = base.extend("emulatorSettings", { rateLimits: "off" as const }).extend<Fixtures>({
  run: async ({ rcwh, emulator, endpoint, signedIn, directory }, use) => {
    let count = 0;
    await use(async (words, options, forge = (_, answer) => answer) => {
      count += 1;
      emulator.reset();
      const id = await subscribe(emulator, endpoint.url);
      const stop = forgeAnswers(emulator, forge);
      const line = words.replaceAll("{id}", id).replaceAll("{url}", endpoint.url);
      const own = { RCWH_CONFIG_DIR: join(directory, String(count)) };
      const color = { NO_COLOR: "", FORCE_COLOR: "1" };
      return rcwh(line, { tty: true, env: { ...signedIn, ...color, ...own }, ...options }).finally(
        stop,
      );
    });
  },
});

describe("what a server writes in an answer does nothing on the terminal", () => {
  test.for(commands)("rcwh $words", async ({ words }, { run, expect }) => {
    const seen = new Map<string, unknown>();
    await run(`${words} --yes`, {}, (operation, answer) => {
      seen.set(operation, answer);
      return answer;
    });
    const fields: readonly Field[] = [...seen].flatMap(([operation, answer]) =>
      fieldsOf(answer).map((keys) => ({ operation, keys })),
    );
    let turn = 0;
    for (const { operation, keys } of fields) {
      turn += 1;
      if (turn % stride !== 0) continue;
      // Every other one begins a line.
      const [name, payload] =
        turn % 2 === 0
          ? ["line feed", "x\nerror: forged"]
          : (payloads[(turn * 7) % payloads.length] ?? ["", ""]);
      const result = await run(`${words} --yes`, {}, (each, answer) =>
        each === operation ? withField(answer, keys, payload) : answer,
      );
      const where = `${keys.join(".")} of ${operation}: ${name}`;
      expect(findForgery(result.stdout) ?? findForgery(result.stderr), where).toBeUndefined();
      expect(result.stderr, where).not.toContain("hit a bug");
    }
  });

  test("where it refuses, in each part of the error", async ({ run, expect }) => {
    for (const [turn, [name, payload]] of payloads.entries()) {
      if (turn % stride !== 0) continue;
      const { words = "" } = commands[turn % commands.length] ?? {};
      const envelope = {
        errorCode: payload,
        message: payload,
        errors: [{ errorCode: payload, message: payload, parameterName: payload }],
        permissionName: payload,
      };
      const { stdout, stderr } = await run(`${words} --yes --debug`, {}, () => envelope);
      expect(findForgery(stdout) ?? findForgery(stderr), name).toBeUndefined();
      expect(stderr, name).not.toContain("hit a bug");
    }
  });

  test("with each payload in all fields of a subscription", async ({ run, expect }) => {
    for (const [turn, [name, payload]] of payloads.entries()) {
      if (turn % (4 * stride - 3) !== 0) continue;
      const forge: Forge = (operation, answer) =>
        operation.startsWith("GET /restapi/v1.0/subscription")
          ? fieldsOf(answer)
              .filter((keys) => !keys.includes("expiresIn"))
              .reduce<unknown>((whole, keys) => withField(whole, keys, payload), answer)
          : answer;
      for (const words of ["list", "show {id}", "delete --all --yes", "renew"]) {
        const { stdout, stderr } = await run(words, {}, forge);
        expect(findForgery(stdout) ?? findForgery(stderr), `${words}: ${name}`).toBeUndefined();
        expect(stderr, name).not.toContain("hit a bug");
      }
      for (const format of formats) {
        const { stdout, stderr } = await run(`list -o ${format}`, { tty: false }, forge);
        expect(findForgery(stdout) ?? findForgery(stderr), `${format}: ${name}`).toBeUndefined();
      }
    }
  });
});
