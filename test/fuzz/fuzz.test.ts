import fc from "fast-check";
import { describe, test } from "vitest";
import { campaign, seed } from "./campaign.ts";
import { isRefusal, type Parser, parsers } from "./parsers.ts";

/** A pattern for the names of parsers. */
const only = new RegExp(process.env["RCWH_FUZZ_ONLY"] ?? "");

/** Milliseconds of the processor that one input may take. The cases, and the suite beside other tests, only see what takes seconds. */
const limit = { random: campaign > 0 ? 50 : 3000, cases: 3000 };

/** Tries again, because the first time may include a compilation, and any time the collection of garbage. */
const tries = 3;

async function attempt({ parse, verify }: Parser, input: unknown, limit: number): Promise<void> {
  let fastest = Number.POSITIVE_INFINITY;
  let result: unknown;
  let isRefused = false;
  for (let count = 0; count < tries && fastest > limit; count += 1) {
    const start = process.cpuUsage();
    try {
      result = await parse(input);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      isRefused = true;
    }
    const { user, system } = process.cpuUsage(start);
    fastest = Math.min(fastest, (user + system) / 1000);
  }
  if (fastest > limit) throw new Error(`It took ${Math.round(fastest)} ms.`);
  if (!isRefused) await verify(input, result);
}

describe(`whatever it is given (seed ${seed})`, () => {
  test.for(parsers.filter(({ name }) => only.test(name)))(
    "the parser of $name takes it or refuses it, at once",
    { timeout: campaign > 0 ? 3_600_000 : 60_000 },
    async (parser) => {
      for (const each of parser.cases) await attempt(parser, each, limit.cases);
      await fc.assert(
        fc.asyncProperty(parser.input, (input) => attempt(parser, input, limit.random)),
        {
          seed,
          numRuns: campaign || 20,
        },
      );
    },
  );
});
