import { join } from "node:path";
import fc from "fast-check";
import { describe } from "vitest";
import type { Emulator } from "../../src/emulator/interface.ts";
import { test as base, type RunOptions, type RunResult } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";
import { campaign, seed } from "./campaign.ts";
import { hostileJson } from "./hostile.ts";

/** A command takes some hundred times as long as a parser. */
const numRuns = campaign > 0 ? Math.ceil(campaign / 100) : 1;

/** `{id}` is a subscription's id, `{url}` its address. */
const commands = [
  ...["whoami", "list", "list --fail-on expiring=200h,blacklisted", "list -o yaml", "list --json"],
  ...["show {id}", "show {id} -o yaml", "renew {id}", "renew --recover", "recover {id}", "doctor"],
  ...["create --filter sms --url {url}", "create --filter posts --url {url} --if-exists reuse"],
  ...["update {id} --add-filter voicemail", "update {id} --url {url}/new", "delete {id}"],
].map((words) => ({ words }));

const exitCodes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** What is answered to each call of an operation. */
interface Answer {
  readonly operation: string;
  readonly status: number;
  readonly body: string;
}

interface Fixtures {
  /** One run, with a subscription and a configuration of its own, and one odd answer. */
  readonly run: (words: string, odd?: Answer, options?: RunOptions) => Promise<RunResult>;
  /** What has been answered in earnest: JSON by operation, with `{id}` for the subscription's id. */
  readonly answers: Map<string, string>;
}

function operationOf({ method, url }: Request): string {
  return `${method} ${new URL(url).pathname.replace(/(?<=subscription\/)[^/]+/, "{id}")}`;
}

/** Has the emulator give the odd answer, and keeps the others. */
function answerOddly(
  emulator: Emulator,
  id: string,
  odd: Answer | undefined,
  answers: Map<string, string>,
): () => void {
  let isInner = false;
  return emulator.intercept(async (request) => {
    if (isInner) return undefined;
    const operation = operationOf(request);
    if (operation === odd?.operation) {
      const headers = { "Content-Type": "application/json" };
      return new Response(odd.body.replaceAll("{id}", id), { status: odd.status, headers });
    }
    isInner = true;
    const answer = await emulator.fetch(request).finally(() => {
      isInner = false;
    });
    if (answer.headers.get("Content-Type")?.includes("json")) {
      answers.set(operation, (await answer.clone().text()).replaceAll(id, "{id}"));
    }
    return answer;
  }, Number.POSITIVE_INFINITY);
}

const test = base.extend("emulatorSettings", { rateLimits: "off" as const }).extend<Fixtures>({
  answers: async ({}, use) => use(new Map()),
  run: async ({ rcwh, emulator, endpoint, signedIn, directory, answers }, use) => {
    let count = 0;
    await use(async (words, odd, options = {}) => {
      count += 1;
      emulator.reset();
      const id = await subscribe(emulator, endpoint.url);
      const stop = answerOddly(emulator, id, odd, answers);
      const line = words.replaceAll("{id}", id).replaceAll("{url}", endpoint.url);
      const env = { ...signedIn, RCWH_CONFIG_DIR: join(directory, String(count)) };
      return rcwh(`${line} --yes`, { env, ...options }).finally(stop);
    });
  },
});

describe(`whatever one of RingCentral's answers is (seed ${seed})`, () => {
  test.for(commands)(
    "rcwh $words ends without a bug",
    { timeout: campaign > 0 ? 3_600_000 : 60_000 },
    async ({ words }, { run, answers, expect }) => {
      await run(words);
      const odd = fc.oneof(
        ...[...answers].map(([operation, body]) =>
          fc.record({
            operation: fc.constant(operation),
            status: fc.constantFrom(200, 200, 200, 400, 401, 403, 404, 429, 500),
            body: hostileJson(JSON.parse(body), { errorCode: "SUB-505", message: "Refused" }),
          }),
        ),
      );
      await fc.assert(
        fc.asyncProperty(odd, fc.boolean(), async (answer, tty) => {
          const { exitCode, stdout, stderr } = await run(words, answer, { tty });
          expect(stderr + stdout).not.toContain("hit a bug");
          expect(exitCodes).toContain(exitCode);
        }),
        { seed, numRuns },
      );
    },
  );
});
