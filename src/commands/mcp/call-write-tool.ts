import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { CliError, ExitCode } from "../../errors.ts";
import { type Call, hostOf, run } from "./call.ts";
import { commandLine, documentOf, type Outcome } from "./run-command.ts";
import { safeResult, safeText } from "./safe-result.ts";
import type { Arguments, CommandWords, WriteTool } from "./tool.ts";
import { failureOf, resultOf, type ToolResult, toResult } from "./tool-result.ts";

/** What would happen. */
interface Preview {
  /** What does it; undefined where there is nothing to do. */
  readonly confirmed: CommandWords | undefined;
  readonly account: unknown;
  readonly outcome: Outcome;
  /** Of everything that would be touched, as it is now. */
  readonly state: string;
}

/** The first call previews, the second one, with the token of the preview, does what was previewed. */
export async function callWriteTool(
  tool: WriteTool,
  { confirmation, ...values }: Arguments,
  all: Arguments,
  call: Call,
): Promise<ToolResult> {
  const { confirmations, context } = call;
  const { confirmation: _, ...bound } = all;
  const key = canonical(bound);
  const pending =
    confirmation === undefined
      ? undefined
      : confirmations.take(String(confirmation), tool.name, key);
  const words = withFile(await tool.words(values, hostOf(call)), pending?.file);
  const preview = await previewOf(tool, words, call);
  if ("failed" in preview) {
    const { untrusted } = tool;
    return resultOf(preview.failed, { untrusted, redactor: context.redactor });
  }
  const next = () =>
    confirmations.issue({
      tool: tool.name,
      values: key,
      state: preview.state,
      file: fileIn(words),
    });
  if (pending === undefined) {
    const token = preview.confirmed === undefined ? undefined : next();
    return toResult(shown(tool, preview, token, call), { untrusted: ["/preview"] });
  }
  if (pending.state !== preview.state || preview.confirmed === undefined) {
    const changed = new CliError(
      "What would be changed is not what it was in the preview. Nothing was changed.",
      {
        exitCode: ExitCode.declined,
        code: "CHANGED_SINCE_PREVIEW",
        hint: "Look at the new preview, and confirm that with its token.",
      },
    );
    const token = preview.confirmed === undefined ? undefined : next();
    const { exitCode: __, ...members } = shown(tool, preview, token, call);
    return failureOf(changed, context.redactor, members, ["/preview"]);
  }
  const done = await run(preview.confirmed, call);
  const extra = await tokenIn(fileIn(preview.confirmed), done);
  return resultOf(done, { untrusted: tool.untrusted, extra, redactor: context.redactor });
}

/** Where the new token is, which only the user may read. */
async function tokenIn(flag: string | undefined, { exitCode }: Outcome) {
  const path = flag?.replace(outFlag, "");
  if (path === undefined || !(await stat(path).catch(() => undefined))) return {};
  return {
    tokenFile: path,
    nextStep:
      exitCode === ExitCode.ok
        ? "tokenFile holds the new verification token: have the user install it at the endpoint, which gets it with every delivery."
        : "tokenFile holds a verification token that the failed call had generated: see with rcwh_list whether something was created, before it is deleted.",
  };
}

async function previewOf(
  tool: WriteTool,
  words: CommandWords,
  call: Call,
): Promise<Preview | { readonly failed: Outcome }> {
  const [who, outcome] = await Promise.all([
    run({ flags: ["whoami"] }, call),
    run(words, call, ["--dry-run"]),
  ]);
  if (outcome.document === undefined) return { failed: outcome };
  const account = accountIn(documentOf(who));
  const confirmed = tool.confirmed(words, outcome.document);
  return {
    ...{ account, outcome, confirmed },
    state: hash(canonical(lasting({ account, confirmed, document: outcome.document }))),
  };
}

/** Whose subscriptions they are, without what changes from one minute to the next. */
function accountIn({ identities }: Readonly<Record<string, unknown>>): unknown {
  const [identity] = Array.isArray(identities) ? identities : [];
  const { scopes: _, tokenExpirationTime: __, ...account } = Object(identity);
  return account;
}

function shown(
  tool: WriteTool,
  { confirmed, account, outcome }: Preview,
  token: { readonly token: string; readonly expiresAt: string } | undefined,
  call: Call,
): Readonly<Record<string, unknown>> {
  const { schemaVersion: _, ...document } = outcome.document ?? {};
  const { error, warnings } = outcome;
  const preview = {
    consequence: confirmed === undefined ? "There is nothing to do." : tool.consequence,
    ...(confirmed !== undefined && lineOf(confirmed, call)),
    account,
    ...document,
    ...(error !== undefined && { error }),
    ...(warnings.length > 0 && { warnings }),
  };
  return {
    preview: safeResult(preview, call.context.redactor),
    exitCode: ExitCode.ok,
    ...(token !== undefined && { confirmation: token }),
  };
}

/** What does the same on a command line, unless it would do something else without what is hidden. */
function lineOf(words: CommandWords, { account, context }: Call) {
  const line = commandLine(words, account);
  if (safeText(line, context.redactor) === line) return { commandLine: line };
  return {
    noCommandLine:
      "The command line is left out: it has a URL whose query may be a secret, which is not shown here.",
  };
}

/** JSON in which the order of members does not matter. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? Object.fromEntries(
          Object.entries(member).toSorted(([one], [other]) => (one < other ? -1 : 1)),
        )
      : member,
  );
}

/** Without the seconds that a subscription has left. What is asked for in a request stays. */
function lasting(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lasting);
  if (typeof value !== "object" || value === null) return value;
  const isSubscription = "eventFilters" in value && "id" in value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !(isSubscription && name === "expiresIn"))
      .map(([name, member]) => [name, lasting(member)]),
  );
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

const outFlag = /^--verification-token-out=/;

function fileIn({ flags }: CommandWords): string | undefined {
  return flags.find((word) => outFlag.test(word));
}

/** The confirmed run writes the token where its preview said. */
function withFile(words: CommandWords, file: string | undefined): CommandWords {
  if (file === undefined) return words;
  return { ...words, flags: words.flags.map((word) => (outFlag.test(word) ? file : word)) };
}
