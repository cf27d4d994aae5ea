import type { CommandContext } from "../../context.ts";
import { parseEventFilters } from "../../filters/parse.ts";
import { reminderOf } from "../../filters/reminder.ts";
import type { Choice, Prompts } from "../../io/prompts.ts";
import { readSecretFile } from "../../machine/secret-file.ts";
import { askWithin } from "../../operations/guide/run-steps.ts";
import { complaintOf, verdict } from "../../operations/guide/verdict.ts";
import { checkToken } from "../../operations/verification-token.ts";
import { parseLifetime } from "../../subscriptions/lifetime.ts";
import { defaultLifetime } from "../../subscriptions/limits.ts";
import type { CreateOptions } from "./create-request.ts";

/** What is known so far: flags, and answers in their place. An answer that was taken back is undefined. */
export type Answers = { readonly [Key in keyof CreateOptions]?: CreateOptions[Key] | undefined } & {
  readonly profile?: string | undefined;
};

const lifetimes: readonly Choice<string | undefined>[] = [
  {
    name: "7 days, RingCentral's default",
    value: undefined,
    short: "7 days",
    description: "Keep it alive with `rcwh renew` from cron (see `rcwh cron print`).",
  },
  { name: "30 days", value: "30d", description: "Leaves weeks between two renewals." },
  {
    name: "10 years, the longest",
    value: "10y",
    short: "10 years",
    description: "It still ends early if its endpoint fails: let `rcwh renew` look after it.",
  },
  { name: "Something else", value: "other" },
];

export function askLifetime(
  prompts: Prompts,
  former: string | undefined,
): Promise<Partial<Answers>> {
  const isUsual = lifetimes.some(({ value }) => value === former);
  return askWithin(
    prompts,
    () =>
      prompts.select("How long should it live?", lifetimes, {
        default: isUsual ? former : "other",
      }),
    async (choice) => {
      if (choice !== "other") return { expiresIn: choice };
      const answer = await prompts.input("Lifetime, such as 36h, 2w or 2027-01-31T00:00:00Z", {
        ...(former !== undefined && !isUsual && { default: former }),
        validate: (text) => verdict(() => parseLifetime(text.trim())),
      });
      return { expiresIn: answer.trim() };
    },
  );
}

/** What a yes to the question about reminders stands for. */
const usualReminder = "3d/12h";

export async function askReminder(
  prompts: Prompts,
  former: string | undefined,
): Promise<string | undefined> {
  const isWanted = await prompts.confirm("Remind the endpoint from 3 days before it expires?", {
    default: former !== undefined,
  });
  return isWanted ? usualReminder : undefined;
}

/**
 * Whether a reminder is worth a question: for a lifetime that is longer than the default, and filters that a reminder may
 * stand beside. `now` is milliseconds since the epoch.
 */
export function mayRemind(
  { filter = [], expiresIn, allowUnknownFilter }: Answers,
  now: number,
): boolean {
  if (expiresIn === undefined || parseLifetime(expiresIn).from(now) <= defaultLifetime)
    return false;
  const options = { allowUnknown: allowUnknownFilter === true };
  const filters = [...filter, `reminder:${usualReminder}`];
  return (
    complaintOf(() => parseEventFilters(filters, options)) === undefined &&
    reminderOf(parseEventFilters(filter, options).eventFilters) === undefined
  );
}

const tokenSources: readonly Choice<"generate" | "file" | "type" | "none">[] = [
  {
    name: "Generate one",
    value: "generate",
    description: "Every delivery carries it, so your endpoint knows RingCentral. It is shown once.",
  },
  { name: "Read one from a file", value: "file" },
  { name: "Type one", value: "type", description: "What you type stays hidden." },
  { name: "None", value: "none", description: "Anybody who knows the URL can send it events." },
];

export function askToken(
  prompts: Prompts,
  { verificationTokenFile: formerFile, typedToken }: Answers,
  { redactor, signal }: CommandContext,
): Promise<Partial<Answers>> {
  const none = {
    generateVerificationToken: undefined,
    verificationTokenFile: undefined,
    typedToken: undefined,
  };
  return askWithin(
    prompts,
    () =>
      prompts.select("Which verification token?", tokenSources, {
        default: formerFile !== undefined ? "file" : typedToken !== undefined ? "type" : "generate",
      }),
    async (choice): Promise<Partial<Answers>> => {
      if (choice === "none") return none;
      if (choice === "generate") return { ...none, generateVerificationToken: true };
      if (choice === "file") {
        const path = await prompts.input("File with the token", {
          ...(formerFile !== undefined && { default: formerFile }),
          validate: (text) => readable(text.trim(), signal),
        });
        return { ...none, verificationTokenFile: path.trim() };
      }
      return { ...none, typedToken: await typeToken(prompts, redactor) };
    },
  );
}

async function typeToken(prompts: Prompts, redactor: CommandContext["redactor"]): Promise<string> {
  const answer = await prompts.secret("Verification token", {
    validate: (text) => verdict(() => checkToken(text.trim())),
  });
  const token = answer.trim();
  redactor.add(token);
  return token;
}

/** True, or why a token cannot be read from the file. */
async function readable(path: string, signal: AbortSignal): Promise<true | string> {
  let problem: unknown;
  await readSecretFile(path, "--verification-token-file", signal).catch((error: unknown) => {
    problem = error;
  });
  return verdict(() => {
    if (problem !== undefined) throw problem;
  });
}
