import { describe } from "vitest";
import { OutputError } from "../../src/errors.ts";
import type { RunOptions } from "../support/rcwh.ts";
import { test } from "../support/rcwh.ts";
import { takeRequests } from "../support/subscriptions.ts";

/** A disk that is full at the first output. */
function full(): RunOptions {
  const output = new AbortController();
  const reason = new OutputError(new Error("ENOSPC: no space left on device, write"));
  return { outputSignal: output.signal, onOutput: () => output.abort(reason) };
}

const lost = "error: The output could not be written: ENOSPC: no space left on device, write.";

describe("output that could not be written", () => {
  test("of a new token keeps the old one", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url} --verification-token s3cret`);
    const before = emulator.state().subscriptions;
    takeRequests(emulator);

    for (const format of ["tsv", "json", "yaml", "ndjson"]) {
      const words = `rotate-token ${before[0]?.id} --yes -o ${format}`;
      const { stderr, exitCode } = await rcwh(words, full());

      expect(exitCode).toBe(1);
      expect(stderr).toContain("no space left on device, write. Nothing was changed.");
      expect(stderr).toContain("--verification-token-out");
    }
    expect(takeRequests(emulator).filter((each) => !each.startsWith("GET"))).toEqual([]);
    expect(emulator.state().subscriptions).toEqual(before);
  });

  test("of a creation names what was created", async ({ emulator, endpoint, rcwh, expect }) => {
    const words = `create --filter posts --url ${endpoint.url} --generate-verification-token --json`;
    const { stderr, exitCode } = await rcwh(words, full());

    const [made] = emulator.state().subscriptions;
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr).error).toEqual({
      code: "OUTPUT",
      exitCode: 1,
      message: `The output could not be written: ENOSPC: no space left on device, write. ${made?.id} (http://127.0.0.1:50100/hook) was created.`,
      hint: `If its verification token was in that output, give it a new one with \`rcwh rotate-token ${made?.id}\`.`,
    });
    const { exitCode: wayOut } = await rcwh(`rotate-token ${made?.id} --yes`);
    expect(wayOut).toBe(0);
  });

  test("of a replacement names both", async ({ emulator, endpoint, rcwh, expect }) => {
    await rcwh(`create --filter posts --url ${endpoint.url}`);
    const [old] = emulator.state().subscriptions;
    const words = `update ${old?.id} --url ${endpoint.url}/new --yes`;
    const { stderr, exitCode } = await rcwh(words, full());

    const [made] = emulator.state().subscriptions;
    expect(exitCode).toBe(1);
    expect(stderr).toContain(
      `${lost} ${old?.id} (http://127.0.0.1:50100/hook) was replaced by ${made?.id}.\nhint: See it with \`rcwh show ${made?.id}\`.\n`,
    );
  });
});
