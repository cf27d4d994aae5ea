import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import {
  checkWish,
  type NewSubscription,
  withVerificationToken,
} from "../../lifecycle/new-subscription.ts";
import { redactAddress } from "../../machine/redact.ts";
import { type NewTokenFlags, readVerificationToken } from "../../operations/verification-token.ts";

export interface CreateOptions extends NewTokenFlags {
  readonly filter?: readonly string[];
  readonly url?: string;
  readonly expiresIn?: string;
  readonly remind?: string;
  readonly ifExists?: string;
  readonly extensions?: readonly string[];
  readonly filtersPerSubscription?: string;
  readonly dryRun?: true;
  readonly allowUnknownFilter?: true;
}

/** What `rcwh create` creates. */
export interface CreatePlan extends NewSubscription {
  readonly token: string | undefined;
  /** rcwh generated the token, so it has to be shown. */
  readonly generated: boolean;
  /** `--expires-in` as it was typed. */
  readonly lifetime: string | undefined;
}

/** The words `posts https://…` as flags; a URL is a URL wherever it stands. Throws UsageError for what was given as a flag, too. */
export function withOperands(
  [first, second]: readonly (string | undefined)[],
  options: CreateOptions,
): CreateOptions {
  const [filter, url] = /^https?:/i.test(first ?? "") ? [second, first] : [first, second];
  if (filter !== undefined && options.filter) {
    throw new UsageError(
      `Filters are given twice: "${redactAddress(filter)}" and --filter.`,
      `Separate filters with commas, such as \`rcwh create posts,sms https://example.com/hook\`.`,
    );
  }
  if (url !== undefined && options.url !== undefined) {
    throw new UsageError(
      `The URL is given twice: "${redactAddress(url)}" and --url ${redactAddress(options.url)}.`,
      "Give one URL; a subscription delivers to a single URL.",
    );
  }
  return {
    ...options,
    ...(filter !== undefined && { filter: [filter] }),
    ...(url !== undefined && { url }),
  };
}

/** Reads the flags, and finds every mistake that shows without asking the server. Throws UsageError. */
export async function prepareRequest(
  options: CreateOptions,
  server: () => Promise<string>,
  context: CommandContext,
): Promise<CreatePlan> {
  const { io } = context;
  const { filter: filters = [], url, expiresIn, remind, allowUnknownFilter = false } = options;
  if (filters.length === 0) {
    throw new UsageError(
      "Which events? Add --filter.",
      "For example --filter posts. See all filters with `rcwh filters`.",
    );
  }
  if (url === undefined) {
    throw new UsageError(
      "Where should events go? Add --url.",
      "Give the public https URL of your endpoint, for example --url https://example.com/hook.",
    );
  }
  const wish = { filters, url, expiresIn, remind, allowUnknownFilter };
  const { notes, doubt, ...plan } = await checkWish(wish, server);
  for (const note of notes) io.note(note);
  if (doubt !== undefined) io.warn(doubt);
  const { token, generated } = await readVerificationToken(options, context);
  return { ...withVerificationToken(plan, token), token, generated, lifetime: expiresIn };
}
