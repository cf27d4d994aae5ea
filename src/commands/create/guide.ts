import type { CommandContext } from "../../context.ts";
import type { CliError, UsageError } from "../../errors.ts";
import { parseEventFilters } from "../../filters/parse.ts";
import { parseReminder } from "../../filters/reminder.ts";
import type { Prompts } from "../../io/prompts.ts";
import { WentBack } from "../../io/went-back.ts";
import { findDuplicate } from "../../lifecycle/create-subscription.ts";
import { findOwnIds, listOwned } from "../../lifecycle/inventory.ts";
import { checkWish, settleLifetime } from "../../lifecycle/new-subscription.ts";
import { serverNow } from "../../lifecycle/server-clock.ts";
import { oneLine } from "../../one-line.ts";
import { askForFilters } from "../../operations/guide/ask-for-filters.ts";
import { commandLine, showCommandLine } from "../../operations/guide/command-line.ts";
import { filterChoices, isCurrent } from "../../operations/guide/filter-choices.ts";
import { type GivenFilters, readGivenFilters } from "../../operations/guide/given-filters.ts";
import { askWithin, runSteps } from "../../operations/guide/run-steps.ts";
import { openAccount } from "../../operations/open-account.ts";
import { parseAddress } from "../../subscriptions/address.ts";
import { parseLifetime } from "../../subscriptions/lifetime.ts";
import { nameOf } from "../../subscriptions/name.ts";
import type { CreateOptions } from "./create-request.ts";
import {
  askProfile,
  type GuideAccount,
  nothingCreated,
  openGuideAccount,
} from "./guide-account.ts";
import { askUrl } from "./guide-endpoint.ts";
import { type Answers, askLifetime, askReminder, askToken, mayRemind } from "./guide-questions.ts";

export interface Guided {
  readonly options: CreateOptions;
  /** Chosen among several. */
  readonly profile: string | undefined;
}

/** Asks for everything that the flags do not say, then for a confirmation. Call it only while `io.interactive`. */
export async function guideCreate(
  options: CreateOptions,
  context: CommandContext,
): Promise<Guided> {
  const { io } = context;
  checkFlags(options);
  const given = readGivenFilters(options.filter, options.allowUnknownFilter ?? false);
  const isDryRun = options.dryRun === true;
  const account = await openGuideAccount(context, isDryRun);
  if (!isDryRun && account.profiles.length === 0) await reachServer(account, account.given);
  const { withBack: prompts } = await context.prompter();
  io.note(
    `Esc goes back one question, Ctrl-C leaves. ${isDryRun ? "Nothing is created." : "Nothing is created before you confirm."}`,
  );
  try {
    const { profile, ...answers } = await runSteps<Answers>(
      stepsOf(options, given, account, prompts, context),
      { ...options, profile: account.given },
      { say: io.say, mark: prompts.mark },
      "Nothing was created.",
    );
    const known = Object.entries(answers).filter(([, value]) => value !== undefined);
    return { options: Object.fromEntries(known), profile };
  } finally {
    await account.close();
  }
}

/** Throws at once what would make all answers vain, such as wrong credentials or a server that is down. */
async function reachServer(account: GuideAccount, profile: string | undefined): Promise<void> {
  const owner = await openAccount(await account.contextOf(profile));
  await listOwned(owner, "platform");
}

/**
 * Asks what to do once RingCentral has refused the endpoint, with all other answers kept. Resolves to the URL to try; throws
 * the refusal for whoever leaves.
 */
export async function askAfterRefusal(
  refusal: CliError,
  url: string,
  context: CommandContext,
): Promise<string> {
  const { io } = context;
  const { withBack: prompts } = await context.prompter();
  io.say([refusal.message, refusal.hint].flat().filter(Boolean).join("\n"));
  for (;;) {
    const rewind = prompts.mark();
    try {
      const next = await prompts.select<"again" | "change" | "leave">(
        "Nothing was created. What next?",
        [
          { name: "Try again", value: "again" },
          { name: "Change the URL", value: "change" },
          { name: "Leave", value: "leave" },
        ],
      );
      if (next === "again") return url;
      if (next === "leave") break;
      const { server } = await context.identity();
      return await askUrl(prompts, url, { server, untried: false }, context);
    } catch (error) {
      if (!(error instanceof WentBack)) throw error;
      rewind();
    }
  }
  throw refusal;
}

/** Mistakes in other flags than filters end the guide before it asks anything. */
function checkFlags({ url, expiresIn, remind }: CreateOptions) {
  if (expiresIn !== undefined) parseLifetime(expiresIn);
  if (remind !== undefined) parseReminder(remind);
  // Whether http to this machine will do depends on the server, which the profile decides.
  if (url !== undefined) parseAddress(url, "http://127.0.0.1");
}

function stepsOf(
  flags: CreateOptions,
  given: GivenFilters,
  account: GuideAccount,
  prompts: Prompts,
  context: CommandContext,
) {
  const { io, settings } = context;
  const isDryRun = flags.dryRun === true;
  // What was decided about a duplicate does not hold for another webhook.
  const { ifExists } = flags;
  const keepsExisting = (answers: Answers) =>
    ifExists === undefined && answers.ifExists === "reuse";
  const hasToken =
    flags.generateVerificationToken ||
    flags.verificationToken !== undefined ||
    flags.verificationTokenFile !== undefined;
  const askIfExists = async (answers: Answers) =>
    ifExists === undefined && flags.extensions === undefined && !isDryRun
      ? askAboutDuplicate(prompts, answers, account)
      : undefined;
  let { mistake, term } = given;
  let chosen = given.valid;

  return [
    async ({ profile: former }: Answers) => {
      if (account.profiles.length === 0) return undefined;
      const profile = await askProfile(prompts, account, former);
      if (!isDryRun) await reachServer(account, profile);
      return { profile, ifExists };
    },

    async ({ profile }: Answers) => {
      if (flags.filter && !given.mistake) return undefined;
      const session = await account.sessionOf(profile);
      const allowUnknown = flags.allowUnknownFilter ?? false;
      if (mistake) io.say(sayMistake(mistake, term));
      const filter = await askForFilters(prompts, {
        message: "Which events?",
        filters: filterChoices(isCurrent, { session, width: io.stderr.columns || 80 }),
        ...{ former: chosen, term },
        check: (filters) => parseEventFilters(filters, { allowUnknown }),
        keep(filters) {
          chosen = filters;
          mistake = undefined;
          term = undefined;
        },
      });
      return { filter, ifExists };
    },

    async ({ profile, url }: Answers) => {
      const server = await account.serverOf(profile);
      if (flags.url === undefined) {
        const run = await account.contextOf(profile);
        const answer = await askUrl(prompts, url, { server, untried: isDryRun }, run);
        return { url: answer, ifExists };
      }
      parseAddress(flags.url, server);
      return undefined;
    },

    askIfExists,

    async (answers: Answers) => {
      if (flags.expiresIn !== undefined || keepsExisting(answers)) return undefined;
      // A reminder may not fit another lifetime.
      return { ...(await askLifetime(prompts, answers.expiresIn)), remind: flags.remind };
    },

    async (answers: Answers) => {
      const isGiven = flags.expiresIn !== undefined || flags.remind !== undefined;
      if (isGiven || flags.extensions || keepsExisting(answers)) return undefined;
      if (!mayRemind(answers, context.clock.now())) return undefined;
      return askWithin(
        prompts,
        () => askReminder(prompts, answers.remind),
        // One that has the reminder too was no duplicate before.
        async (remind) => ({ remind, ...(remind && (await askIfExists({ ...answers, remind }))) }),
      );
    },

    async (answers: Answers) =>
      hasToken || keepsExisting(answers) ? undefined : askToken(prompts, answers, context),

    async ({ profile, ...answers }: Answers) => {
      if (keepsExisting(answers)) return undefined;
      const server = await account.serverOf(profile);
      await checkWish(wishOf(answers), async () => server);
      io.say(summaryOf(answers, profile).join("\n"));
      io.say("The same without questions:");
      showCommandLine(commandLine({ ...wordsOf(answers), profile }, settings), io);
      if (isDryRun || settings.yes) return undefined;
      const isWanted = await prompts.confirm("Create it?", { default: true });
      if (!isWanted) throw nothingCreated();
      return {};
    },
  ];
}

/** Without the hint where a search for the word follows: it would name the command that searches. */
function sayMistake({ message, hint }: UsageError, term: string | undefined): string {
  const isWord = term !== undefined && !term.includes("/");
  return [message, isWord ? undefined : hint].filter(Boolean).join("\n");
}

/** A second subscription with the same URL and filters would deliver every event twice. */
async function askAboutDuplicate(
  prompts: Prompts,
  answers: Answers,
  account: GuideAccount,
): Promise<Partial<Answers> | undefined> {
  const owner = await openAccount(await account.contextOf(answers.profile));
  const server = await account.serverOf(answers.profile);
  const wish = await checkWish(wishOf(answers), async () => server);
  const existing = await listOwned(owner, wish.api);
  const { request } = settleLifetime(wish, serverNow(owner), () => {});
  const duplicate = findDuplicate(existing, request, await findOwnIds(owner.client, existing));
  if (!duplicate) return undefined;
  const ifExists = await prompts.select<"reuse" | "new">(
    `${nameOf(duplicate)} has the same URL and filters already. What do you want?`,
    [
      { name: "Keep that one, and create nothing", value: "reuse" },
      { name: "Create a second one", value: "new", description: "Every event then comes twice." },
    ],
  );
  return { ifExists };
}

function wishOf({ filter = [], url = "", expiresIn, remind, allowUnknownFilter }: Answers) {
  return {
    filters: filter,
    url,
    expiresIn,
    remind,
    allowUnknownFilter: allowUnknownFilter ?? false,
  };
}

function summaryOf(answers: Answers, profile: string | undefined): readonly string[] {
  const { filter = [], url = "", expiresIn, remind, extensions } = answers;
  const rows = [
    ["profile", profile],
    ["events", filter.join(", ")],
    ["of", extensions?.join(", ")],
    ["URL", url],
    ["lifetime", expiresIn ?? "7d, RingCentral's default"],
    ["reminder", remind],
    ["token", describeToken(answers)],
    ["if it exists", answers.ifExists],
  ];
  return rows.flatMap(([title = "", text]) =>
    text === undefined ? [] : `  ${title.padEnd(12)}  ${oneLine(text)}`,
  );
}

function describeToken(answers: Answers): string {
  const { generateVerificationToken, verificationTokenFile, verificationTokenOut } = answers;
  if (generateVerificationToken) {
    return verificationTokenOut === undefined
      ? "a new one, shown once"
      : `a new one, written to ${verificationTokenOut}`;
  }
  if (verificationTokenFile !== undefined) return `from ${verificationTokenFile}`;
  return (answers.typedToken ?? answers.verificationToken) ? "the one you gave" : "none";
}

/** As words where a shell and `--filter` leave them whole, else as flags. */
function wordsOf({ filter = [], url = "", typedToken, ...flags }: Answers) {
  const token = typedToken === undefined ? {} : { verificationToken: typedToken };
  // A comma after a query belongs to the query.
  return filter.some((each) => each.includes("?"))
    ? { name: "create", flags: { filter, url, ...flags, ...token } }
    : { name: "create", operands: [filter.join(","), url], flags: { ...flags, ...token } };
}
