import { describe, test, vi } from "vitest";
import { createIO } from "../../src/io/io.ts";
import type { Prompts } from "../../src/io/prompts.ts";
import { createRedactor } from "../../src/machine/redact.ts";
import { watchChecks } from "../../src/operations/watched-check.ts";
import { trusting } from "../check/trusting.ts";
import { certificates } from "../support/certificates.ts";
import { goodHandshake, tlsEndpoint } from "../support/endpoints.ts";
import { FakeTerminal } from "../support/fake-terminal.ts";

const question = "Deliver a made-up event?";

interface Run {
  /** The answer; undefined if no prompt is possible. */
  readonly answer?: () => Promise<boolean>;
  readonly yes?: boolean;
  readonly path?: string;
  readonly limit?: number;
}

/** Checks an endpoint that has a name in DNS and counts the events that it receives. */
async function watch({ answer, yes = false, path = "/", limit = 60_000 }: Run) {
  let events = 0;
  await using trust = await trusting();
  await using endpoint = await tlsEndpoint(
    { cert: `${certificates.other}\n${certificates.intermediate}`, key: certificates.key },
    (request, response) => {
      if (request.headers["validation-token"] === undefined) events += 1;
      if (request.url === "/no") response.statusCode = 404;
      goodHandshake(request, response);
    },
  );
  const { stdin, stdout, stderr } = new FakeTerminal({ tty: answer !== undefined });
  const io = await createIO(
    { stdin, stdout, stderr },
    {
      env: { TERM: "xterm" },
      platform: "linux",
      format: "table",
      quiet: false,
      verbose: false,
      noColor: true,
      noInput: false,
      redactor: createRedactor(),
    },
  );
  const asked: { readonly question: string; readonly screen: string }[] = [];
  const { checks, ending } = await watchChecks(
    `https://elsewhere.example:${endpoint.port}${path}`,
    {
      event: { text: "{}" },
      ownServer: true,
      lookup: async () => [{ address: "127.0.0.1", family: 4 }],
      env: trust.env,
    },
    { limit, question },
    {
      io,
      redactor: createRedactor(),
      settings: { yes },
      signal: new AbortController().signal,
      clock: { now: () => Date.now() },
      deadlineAt: (most = 0) => Date.now() + most,
      prompter: async () => ({
        ...noPrompts,
        withBack: noPrompts,
        async confirm(text: string) {
          asked.push({ question: text, screen: stderr.text });
          return (await answer?.()) ?? false;
        },
      }),
    },
  );
  const row = (rule: string) => checks.find((each) => each.rule === rule);
  return { row, ending, events, asked, screen: stderr.text };
}

const never = () => Promise.reject(new Error("Nobody was to be asked that."));
const noPrompts: Prompts = {
  confirm: never,
  searchMany: never,
  input: never,
  secret: never,
  select: never,
  search: never,
  mark: () => () => false,
  pause: never,
  keys: never,
};

describe("an event that needs confirmation", () => {
  test("is confirmed after the handshake passes, below no list", async ({ expect }) => {
    const { asked, row, events, ending, screen } = await watch({ answer: async () => true });
    expect(asked).toMatchObject([{ question }]);
    const [{ screen: before } = { screen: "" }] = asked;
    expect(before).toMatch("✓ status");
    expect(before.endsWith("\u001b[22A\u001b[J")).toBe(true);
    expect({ events, ending }).toEqual({ events: 1, ending: undefined });
    expect(row("event-status")?.status).toBe("pass");
    // The list is redrawn.
    expect(screen.slice(before.length)).toMatch("✓ event-status");
  });

  test("is not delivered after a no", async ({ expect }) => {
    const { row, events, ending } = await watch({ answer: async () => false });
    expect(events).toBe(0);
    expect(row("status")?.status).toBe("pass");
    expect(row("event-status")).toMatchObject({ status: "skip", measured: "declined" });
    expect(ending).toMatchObject({ exitCode: 9, message: "No event was delivered." });
  });

  test("is not delivered if no prompt is possible", async ({ expect }) => {
    const { row, events, ending } = await watch({});
    expect(events).toBe(0);
    expect(row("status")?.status).toBe("pass");
    expect(row("event-status")?.measured).toBe("declined");
    expect(ending).toMatchObject({ exitCode: 9, code: "CONFIRMATION_NEEDED" });
  });

  test("needs no confirmation with --yes", async ({ expect }) => {
    const { asked, events, ending } = await watch({ yes: true });
    expect({ asked, events, ending }).toEqual({ asked: [], events: 1, ending: undefined });
  });

  test("is not offered if the handshake fails", async ({ expect }) => {
    const { asked, row, ending } = await watch({ answer: async () => true, path: "/no" });
    expect({ asked, ending }).toEqual({ asked: [], ending: undefined });
    expect(row("status")?.status).toBe("fail");
  });

  test("can wait for an answer past the deadline", async ({ expect, onTestFinished }) => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "performance"],
      shouldAdvanceTime: true,
    });
    onTestFinished(() => void vi.useRealTimers());
    const limit = 10_000;
    const answer = async () => {
      await vi.advanceTimersByTimeAsync(2 * limit);
      return true;
    };
    const { events, ending } = await watch({ answer, limit });
    expect({ events, ending }).toEqual({ events: 1, ending: undefined });
  });
});
