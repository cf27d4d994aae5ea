import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import { parseEventFilters } from "../filters/parse.ts";
import { checkReminder, parseReminder, reminderFilter, reminderOf } from "../filters/reminder.ts";
import { type NewTokenFlags, readVerificationToken } from "../operations/verification-token.ts";
import { parseAddress } from "../subscriptions/address.ts";
import { doubtAbout, type Lifetime, parseLifetime } from "../subscriptions/lifetime.ts";
import { defaultLifetime } from "../subscriptions/limits.ts";
import type { CreateSubscriptionRequest } from "../subscriptions/subscription.ts";

export interface CreateOptions extends NewTokenFlags {
  readonly filter?: readonly string[];
  readonly url?: string;
  readonly expiresIn?: string;
  readonly remind?: string;
  readonly ifExists?: string;
  readonly dryRun?: true;
  readonly allowUnknownFilter?: true;
}

/** What `rcwh create` creates. */
export interface CreatePlan {
  readonly api: Api;
  readonly request: CreateSubscriptionRequest;
  /** `--expires-in` that ends at a given time: `settleLifetime` makes seconds of it. */
  readonly until: Lifetime | undefined;
  readonly token: string | undefined;
  /** rcwh generated the token, so it has to be shown. */
  readonly generated: boolean;
  /** `--expires-in` as it was typed. */
  readonly lifetime: string | undefined;
}

/** Reads the flags, and finds every mistake that shows without asking the server. Throws UsageError. */
export async function prepareRequest(
  options: CreateOptions,
  server: () => Promise<string>,
  context: CommandContext,
): Promise<CreatePlan> {
  const { io } = context;
  const inputs = options.filter ?? [];
  if (inputs.length === 0) {
    throw new UsageError(
      "Which events? Add --filter.",
      "For example --filter posts. See all filters with `rcwh filters`.",
    );
  }
  if (options.url === undefined) {
    throw new UsageError(
      "Where should events go? Add --url.",
      "Give the public https URL of your endpoint, for example --url https://example.com/hook.",
    );
  }
  const reminders =
    options.remind === undefined ? [] : [reminderFilter(parseReminder(options.remind))];
  const { eventFilters, api, notes } = parseEventFilters([...inputs, ...reminders], {
    allowUnknown: options.allowUnknownFilter ?? false,
  });
  const lifetime = options.expiresIn === undefined ? undefined : parseLifetime(options.expiresIn);
  const expiresIn = lifetime?.seconds;
  const until = expiresIn === undefined ? lifetime : undefined;
  if (!until) checkReminders(eventFilters, expiresIn);
  const address = parseAddress(options.url, await server());

  for (const note of notes) io.note(note);
  const doubt = doubtAbout(expiresIn);
  if (doubt !== undefined) io.warn(doubt);
  const { token, generated } = await readVerificationToken(options, context);
  const request: CreateSubscriptionRequest = {
    eventFilters,
    deliveryMode: {
      transportType: "WebHook",
      address,
      ...(token !== undefined && { verificationToken: token }),
    },
    ...(expiresIn !== undefined && { expiresIn }),
  };
  return { api, request, until, token, generated, lifetime: options.expiresIn };
}

/** Makes seconds of a lifetime that ends at a given time. `now` is milliseconds since the epoch by the server's clock. */
export function settleLifetime(
  plan: CreatePlan,
  now: number,
  { io }: Pick<CommandContext, "io">,
): CreatePlan {
  const expiresIn = plan.until?.from(now);
  if (expiresIn === undefined) return plan;
  checkReminders(plan.request.eventFilters, expiresIn);
  const doubt = doubtAbout(expiresIn);
  if (doubt !== undefined) io.warn(doubt);
  return { ...plan, until: undefined, request: { ...plan.request, expiresIn } };
}

function checkReminders(eventFilters: readonly string[], expiresIn = defaultLifetime): void {
  const reminder = reminderOf(eventFilters);
  const objection = reminder && checkReminder(reminder, expiresIn);
  if (!objection) return;
  throw new UsageError(objection, "Choose a shorter reminder, or a longer --expires-in.");
}
