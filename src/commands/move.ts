import type { CommandContext } from "../context.ts";
import { CliError, ExitCode, UsageError } from "../errors.ts";
import { printRecords } from "../io/formats.ts";
import type { Column } from "../io/table.ts";
import { createChangeLimit } from "../lifecycle/change-limit.ts";
import type { Inventory } from "../lifecycle/inventory.ts";
import { malformedResults } from "../lifecycle/malformed.ts";
import {
  carryOutMove,
  type Move,
  type MovePlan,
  type MoveRequest,
  planMove,
  proveMoves,
} from "../lifecycle/move-account.ts";
import { describeGap } from "../lifecycle/replacement/gap.ts";
import { gapNote, type ReplacementFlags } from "../lifecycle/replacement/replacement-plan.ts";
import { warnOfUnfinished } from "../lifecycle/replacement/unfinished-replacements.ts";
import type { Result } from "../lifecycle/results.ts";
import { redactAddress } from "../machine/redact.ts";
import { confirm } from "../operations/confirm.ts";
import { openAccount } from "../operations/open-account.ts";
import { oneRunAtATime } from "../operations/reporting/run-lock.ts";
import { parseAddress } from "../subscriptions/address.ts";
import { describeUnhealthy, isHealthy } from "../subscriptions/health.ts";
import { unattendedDeadline } from "../subscriptions/limits.ts";
import { parseAddressPrefix, samePrefix } from "../subscriptions/moved-address.ts";
import { nameOf } from "../subscriptions/name.ts";
import { isSelective } from "../subscriptions/select.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLaterOrLocked } from "./flags/exit-codes.ts";
import { breakBeforeMake } from "./flags/replacement-flags.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "./flags/selector-flags.ts";
import { concludeResults, createResultSummary } from "./output/conclude-results.ts";
import { hintsByKind } from "./output/hints.ts";
import { listProblems } from "./output/list-problems.ts";
import { preview } from "./output/preview.ts";
import { printResults } from "./output/print-results.ts";

export interface MoveOptions extends SelectorFlags, ReplacementFlags {
  readonly from?: string;
  readonly to?: string;
  readonly keepGoing?: true;
  readonly maxChanges?: string;
}

const manual: Manual = {
  commonFlags: ["--from", "--to", "--keep-going", "--max-changes", "--dry-run"],
  examples: {
    "rcwh move --from https://old.example.com --to https://new.example.com":
      "every webhook of a host, after a preview and a confirmation",
    "rcwh move --from https://example.com/v1 --to https://example.com/v2 --dry-run":
      "what would move to another path",
    "rcwh move --from https://old.example.com --to https://new.example.com --filter sms --yes":
      "only what delivers SMS, unattended",
    "rcwh move --from https://old.example.com --to https://new.example.com --max-changes 5":
      "but nothing if there are more than five",
  },
  json: '{ "schemaVersion": 1, "results": [ { "id", "profile",\n  "outcome": "replaced|skipped|refused|try-later|gone|not-tried|interrupted|would-replace",\n  "subscription", "newId", "newAddress",\n  "gap": { "from", "to" }, "error" } ] }\nnewAddress is the URL to move to; --dry-run has it, too.',
  exitCodes: {
    1: "RingCentral refused a new subscription, or has no room for it",
    3: "no such subscription, or no such profile",
    4: authFailure,
    5: tryLaterOrLocked,
    6: "a new URL fails RingCentral's handshake; nothing was changed",
    7: "some could not be moved, or all failed for different reasons",
    8: "moved, but some need attention: a filter is missing, or a duplicate exists",
    9: "declined, or nobody could confirm (see --yes); nothing was changed",
  },
};

/** Milliseconds to wait for a renewal that is under way. */
const longestWait = 30_000;

export function createMoveCommand(context: CommandContext, run = moveSubscriptions) {
  const command = createCommand("move", context, manual)
    .description(
      "Move every subscription whose URL begins with --from to the same URL below --to. Before anything changes, every new URL must pass RingCentral's handshake, tried from here. Then each subscription is replaced by a new one, and deleted once that works. Run it again after an interruption: it finishes what is left.",
    )
    .argument("[selector...]", "only these: ids, unique prefixes of ids, or URLs")
    .optionsGroup("Move:")
    .option("--from <url>", "how the URLs begin now: scheme, host and perhaps a path")
    .option("--to <url>", "how they begin afterwards")
    .option("--keep-going", "move the others if some new URLs fail the handshake")
    .option("--require-token", "refuse if rcwh does not know a token in use")
    .option(...breakBeforeMake)
    .option("--max-changes <n>", "change nothing if there are more to move than this")
    .option("--dry-run", "print old and new URLs without changing anything");
  return addSelectorFlags(command).action((selectors, options) => run(selectors, options, context));
}

export async function moveSubscriptions(
  selectors: readonly string[],
  options: MoveOptions,
  context: CommandContext,
): Promise<void> {
  const { io } = context;
  const request = await createRequest(selectors, options, context);
  const account = await openAccount(context, unattendedDeadline);
  const plan = await planMove(account, request);
  const { inventory, moves } = plan;
  warnOfUnfinished(inventory, account);
  for (const listener of plan.ofListeners) {
    io.note(`${nameOf(listener)} belongs to \`rcwh listen\`, and stays as it is.`);
  }
  if (plan.recorded > 0) {
    const [are, them, their] = plan.recorded === 1 ? ["is", "it", "its"] : ["are", "them", "their"];
    io.note(
      `${plan.recorded} ${are} only on record, and \`rcwh renew --recreate\` would re-create ${them} at ${their} old URL.`,
    );
  }
  const malformed = malformedResults(inventory).filter(({ id }) => plan.malformedIds.has(id));
  const unmoved = [...plan.held, ...malformed];
  if (moves.length === 0 && plan.held.length === 0) {
    await printResults(context, [], inventory);
    io.note(describeNone(plan, request));
    return concludeResults(malformed, "moved");
  }
  if (options.dryRun) {
    await printPreview(plan, context);
    tellUnhealthy(moves, context);
    io.note("Nothing was changed (--dry-run).");
    return concludeResults([...moves.map(previewOf), ...unmoved], "moved");
  }
  if (moves.length === 0) {
    await printResults(context, plan.held, inventory);
    return concludeResults(unmoved, "moved");
  }
  await ask(plan, context);
  await oneRunAtATime(context, longestWait, async () => {
    const broken = await proveMoves(account, moves);
    io.endProgress();
    if (broken.size > 0 && !(options.keepGoing && broken.size < addressesOf(moves).size)) {
      throw refuseBroken(broken, addressesOf(moves).size);
    }
    const { results, stoppedBy } = await carryOutMove(account, plan, broken, options);
    io.endProgress();
    await printResults(context, [...withNewAddresses(results, moves), ...plan.held], inventory);
    const summary = createResultSummary();
    summary.add([...results, ...unmoved]);
    const olds = new Map(moves.map(({ old }) => [old.id, old]));
    for (const result of results) {
      if (result.gap) io.note(describeGap(result, olds.get(result.id)));
    }
    io.note(summary.summarize());
    tellOfManifests(results, inventory, context);
    if (stoppedBy) throw stoppedBy;
    summary.conclude("moved");
  });
}

async function createRequest(
  selectors: readonly string[],
  { from, to, maxChanges, ...options }: MoveOptions,
  context: CommandContext,
): Promise<MoveRequest> {
  if (from === undefined || to === undefined) {
    throw new UsageError(
      `${from === undefined ? "--from" : "--to"} is missing.`,
      "Give both, such as `rcwh move --from https://old.example.com --to https://new.example.com`.",
    );
  }
  const prefixes = { from: parseAddressPrefix(from, "--from"), to: parseAddressPrefix(to, "--to") };
  if (samePrefix(prefixes.from, prefixes.to)) {
    throw new UsageError(
      "--from and --to are the same.",
      "Give a different host or path with --to.",
    );
  }
  const selector = createSelector(selectors, options);
  const changes = createChangeLimit(maxChanges);
  const { server } = await context.identity();
  parseAddress(to, server);
  return { ...prefixes, selector, changes, flags: options, server };
}

function addressesOf(moves: readonly Move[]): ReadonlySet<string> {
  return new Set(moves.map(({ address }) => address));
}

/** Why nothing is moved, with the hosts that there are. */
function describeNone(
  { inventory: { subscriptions, replaced }, arrived, ofListeners, malformedIds }: MovePlan,
  { from, to, selector }: MoveRequest,
): string {
  if (replaced.size > 0) return "Nothing is left to move.";
  const matched = ofListeners.length + malformedIds.size > 0 ? "else " : "";
  if (arrived > 0) {
    const [urls, begin] = arrived === 1 ? ["URL", "begins"] : ["URLs", "begin"];
    return `Nothing ${matched}to move: ${arrived} ${urls} below ${from.text} ${begin} with ${to.text} already.`;
  }
  const hosts = new Set(
    subscriptions.flatMap(({ deliveryMode }) => {
      const [host] = /^https?:\/\/[^/?#@]+(?=[/?#]|$)/i.exec(deliveryMode.address ?? "") ?? [];
      return host === undefined || host.toLowerCase() === to.origin ? [] : host;
    }),
  );
  const others = hosts.size === 0 ? "" : ` There are URLs at ${[...hosts].sort().join(", ")}.`;
  const which = isSelective(selector) ? "selected subscription" : "subscription";
  return `Nothing ${matched}to move: no ${which} has a URL that begins with ${from.text}.${others}`;
}

/** Shows old and new URLs, says what it means, and lets the user decide. */
async function ask({ moves, inventory }: MovePlan, context: CommandContext): Promise<void> {
  const { io } = context;
  await preview(context, previewColumns(context), moves.map(previewOf));
  tellUnhealthy(moves, context);
  const twice = moves.some(({ old }) => isHealthy(old))
    ? "; until then events may arrive twice."
    : ".";
  io.note(
    moves.some(({ breaks }) => breaks)
      ? gapNote.replace("The old one is", "Each old one is")
      : `Each old one is deleted once its new one works${twice}`,
  );
  const [first] = moves;
  const question =
    first && moves.length === 1
      ? `Move ${nameOf(first.old)} to ${redactAddress(first.address)}?`
      : `Move these ${moves.length} subscriptions of profile ${inventory.profile}?`;
  await confirm(
    context,
    question,
    "Nothing was changed.",
    moves.map(({ old }) => old),
  );
}

function tellUnhealthy(moves: readonly Move[], { io }: CommandContext): void {
  for (const { old } of moves) {
    if (!isHealthy(old)) io.note(describeUnhealthy(old, nameOf(old)));
  }
}

function previewOf({ old, address }: Move): Result {
  const { id, profile } = old;
  return { id, profile, outcome: "would-replace", subscription: old, newAddress: address };
}

/** Programs get what results have, and the new URL at the end. */
function previewColumns({ settings }: CommandContext): readonly Column<Result>[] {
  const shown = (url = "") => redactAddress(url, settings.showSecrets);
  const programs = { reader: "programs" } as const;
  return [
    { title: "id", value: ({ id }) => id },
    { title: "outcome", value: ({ outcome }) => outcome, ...programs },
    {
      title: "expirationTime",
      value: ({ subscription }) => subscription?.expirationTime ?? "",
      ...programs,
    },
    {
      title: "from",
      key: "address",
      value: ({ subscription }) => shown(subscription?.deliveryMode.address),
      shrink: "wrap",
      labelled: true,
    },
    {
      title: "eventFilters",
      value: ({ subscription }) => subscription?.eventFilters.join(",") ?? "",
      ...programs,
    },
    { title: "profile", value: ({ profile }) => profile, ...programs },
    { title: "newId", value: () => "", ...programs },
    { title: "error", value: ({ error }) => error?.message ?? "", ...programs },
    {
      title: "to",
      key: "newAddress",
      value: ({ newAddress }) => shown(newAddress),
      shrink: "wrap",
      labelled: true,
    },
  ];
}

/** Prints what would move; for programs also what stays where it is, which people are told by the error. */
function printPreview({ moves, held }: MovePlan, context: CommandContext): Promise<void> {
  const { io } = context;
  return printRecords(io, {
    key: "results",
    records: [...moves.map(previewOf), ...(io.format === "table" ? [] : held)],
    columns: previewColumns(context),
  });
}

function withNewAddresses(results: readonly Result[], moves: readonly Move[]): readonly Result[] {
  const addresses = new Map(moves.map(({ old, address }) => [old.id, address]));
  return results.map(({ error, ...result }) => ({
    ...result,
    newAddress: addresses.get(result.id),
    ...(error && { error }),
  }));
}

function refuseBroken(broken: ReadonlyMap<string, CliError>, total: number): CliError {
  const errors = [...broken.values()];
  const [first] = errors;
  if (first && total === 1) return first;
  const codes = new Set(errors.map(({ code }) => code));
  const messages = errors.map(({ message }) => message.replace(" Nothing was changed.", ""));
  const heading = `${errors.length} of ${total} new URLs ${errors.length === 1 ? "fails" : "fail"}. Nothing was changed`;
  return new CliError(listProblems(heading, messages), {
    exitCode: errors.find(({ exitCode }) => exitCode === ExitCode.endpoint)
      ? ExitCode.endpoint
      : ExitCode.unavailable,
    code: codes.size === 1 ? [...codes][0] : "PARTIAL",
    hint: [
      ...(hintsByKind(errors.map(({ hint }) => ({ id: "", hint }))) ?? []),
      ...(errors.length < total ? ["Move the others with --keep-going."] : []),
    ],
  });
}

/** Applying the file again would move them back. */
function tellOfManifests(
  results: readonly Result[],
  { records }: Inventory,
  { io }: CommandContext,
): void {
  const names = results.flatMap(({ id, newId }) => {
    const managed = newId === undefined ? undefined : records.get(id)?.managedAs;
    return managed ? `${managed.webhook} of manifest ${managed.manifest}` : [];
  });
  if (names.length === 0) return;
  io.warn(
    `Change the URL in rcwh.yaml too, or its next apply moves it back: ${[...new Set(names)].join(", ")}.`,
  );
}
