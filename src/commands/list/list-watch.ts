import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode } from "../../errors.ts";
import { printRecords, type Records, sayWarnings } from "../../io/formats.ts";
import { openFullScreen } from "../../io/full-screen.ts";
import type { IO } from "../../io/io.ts";
import { renderRows } from "../../io/table.ts";
import { wrapLine } from "../../io/text.ts";
import { canMoveCursor } from "../../machine/environment.ts";
import { oneLine, stripControls } from "../../one-line.ts";
import type { AccountFailure } from "../../operations/accounts/many-accounts.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { timeOf } from "../../subscriptions/time.ts";
import { concludeAccounts } from "../output/conclude-accounts.ts";
import type { SubscriptionRow } from "../output/subscription-columns.ts";

/** What one listing found. */
export interface Listing {
  readonly table: Records<SubscriptionRow>;
  /** The notes below the table, or instead of it. */
  readonly notes: readonly string[];
  readonly failures: readonly AccountFailure[];
  /** Number of accounts that were listed. */
  readonly accounts: number;
}

/** Where a watch shows what it found. */
interface Display {
  /** `outage` says why not everything was listed, if so. Without a listing, nothing was. */
  show(listing: Listing | undefined, outage: string | undefined): Promise<void>;
  close(): void;
}

/**
 * Lists every `interval` milliseconds until it is interrupted. Temporary failures (network, 429, 5xx) are reported and
 * tried again.
 */
export async function watchListings(
  list: () => Promise<Listing>,
  interval: number,
  context: CommandContext,
): Promise<void> {
  const { io, clock, signal } = context;
  const every = formatDuration(interval / 1000);
  const display = canRedraw(context) ? openScreen(every, context) : openLog(every, context);
  try {
    for (;;) {
      const { listing, error } = await tryToList(list);
      signal.throwIfAborted();
      io.endProgress();
      const isOver = error !== undefined && !isTemporary(error);
      const outage =
        error === undefined || isOver
          ? undefined
          : `${error.message.replace(/\.$/, "")}; trying again in ${every}.`;
      await display.show(listing, outage);
      if (isOver) throw error;
      await clock.sleep(interval, signal);
    }
  } finally {
    display.close();
  }
}

interface Attempt {
  readonly listing?: Listing;
  /** Why not all accounts were listed, if so. */
  readonly error?: CliError;
}

async function tryToList(list: () => Promise<Listing>): Promise<Attempt> {
  let listing: Listing | undefined;
  try {
    listing = await list();
    concludeAccounts(listing.failures, listing.accounts, "listed");
    return { listing };
  } catch (error) {
    if (error instanceof CliError) return { ...(listing && { listing }), error };
    throw error;
  }
}

/** Some of several accounts may fail permanently: the others are worth watching. */
function isTemporary({ exitCode, code }: CliError): boolean {
  return (
    (exitCode === ExitCode.unavailable || exitCode === ExitCode.partial) && code !== "DEADLINE"
  );
}

/** Not where a trace of every request would be drawn over. */
function canRedraw({ io, env, platform, settings }: CommandContext): boolean {
  const isTraced = settings.debug && io.stderr.isTTY === true;
  return (
    io.format === "table" &&
    io.stdout.isTTY === true &&
    canMoveCursor({ env, platform }) &&
    !isTraced
  );
}

function describeWatch(at: number, every: string): string {
  return `${timeOf(at)}, every ${every}. Press Ctrl-C to stop.`;
}

/** One listing below the other. */
function openLog(every: string, { io, clock }: CommandContext): Display {
  return {
    async show(listing, outage) {
      if (listing && io.format === "table") {
        io.data(io.style.dim(describeWatch(clock.now(), every)));
        if (listing.table.records.length === 0) for (const note of listing.notes) io.data(note);
      }
      if (listing) await printRecords(io, listing.table);
      if (outage === undefined) return;
      io.warn(outage.split("\n"));
      sayWarnings(io);
    },
    close() {},
  };
}

/** The latest listing, cut to the terminal. */
function openScreen(every: string, { io, clock, settings }: CommandContext): Display {
  let at = clock.now();
  let latest: { readonly listing: Listing; readonly at: number } | undefined;
  let outage: string | undefined;
  /** Every message, and when it came last. */
  const messages = new Map<string, number>();
  const unseen = new Set<string>();

  const endDiversion = io.divert((text) => {
    messages.delete(text);
    messages.set(text, clock.now());
    unseen.add(text);
  });
  const wrapped = (text: string) => text.split("\n").flatMap((line) => wrapLine(line, io.width));

  /** The outage, then messages, latest first. */
  function noticesFor(height: number): readonly string[] {
    const since = latest && latest.at !== at ? ` The list is from ${timeOf(latest.at)}.` : "";
    const warning = `${io.style.yellow("warning:")} ${stripControls(outage ?? "")}${since}`;
    const lines = outage === undefined ? [] : [...cutBlock(wrapped(warning), height)];
    for (const [text, cameAt] of [...messages].reverse()) {
      const more = wrapped(`${timeOf(cameAt)} ${text}`);
      if (lines.length + more.length > height) break;
      lines.push(...more);
      unseen.delete(text);
    }
    return lines;
  }

  /** The first notes: rows matter more. */
  function notesFor(notes: readonly string[], height: number): readonly string[] {
    const lines: string[] = [];
    for (const note of notes) {
      const more = wrapped(note);
      if (lines.length + more.length > height) break;
      lines.push(...more);
    }
    return lines;
  }

  const screen = openFullScreen(io, async (height) => {
    const above = [
      ...wrapped(describeWatch(at, every)).map(io.style.dim),
      ...noticesFor(Math.floor(height / 2)),
    ];
    if (!latest) return above;
    const { table, notes } = latest.listing;
    if (table.records.length === 0) return [...above, ...notes.flatMap(wrapped)];
    const below = settings.quiet ? [] : notesFor(notes, Math.floor(height / 6));
    const rows = await renderFitting(io, table, height - above.length - below.length);
    return [...above, ...rows, ...below];
  });

  return {
    async show(listing, newOutage) {
      // Nothing was listed, and the error that ends the watch says why.
      if (!listing?.accounts && newOutage === undefined) return;
      at = clock.now();
      outage = newOutage;
      // While nothing can be listed, what was listed before is worth seeing.
      if (listing && (listing.accounts > 0 || !latest)) latest = { listing, at };
      // Whoever reads stderr elsewhere reads it there too.
      if (outage !== undefined && !io.stderr.isTTY) io.warn(outage.split("\n"));
      await screen.draw();
    },
    close() {
      screen.close();
      endDiversion();
      for (const text of unseen) io.say(text);
    },
  };
}

/** A table's first rows as lines, and how many more there are. */
async function renderFitting(
  io: Pick<IO, "redactor" | "width" | "style">,
  { records, columns }: Records<SubscriptionRow>,
  height: number,
): Promise<readonly string[]> {
  const first = records.slice(0, Math.max(height, 1));
  const { heading, texts } = await renderRows(io, columns, first);
  const lines = heading === undefined ? [] : [heading];
  const blocks = texts.map((text) => text.split("\n"));
  const whole = [...lines, ...blocks.flat()];
  if (first.length === records.length && whole.length <= height) return whole;

  // A single one with many filters must not hide all others.
  const longest = Math.max(8, Math.floor(height / 3));
  let shown = 0;
  for (const block of blocks) {
    const room = height - lines.length - 1;
    const cut = cutBlock(block, shown === 0 ? Math.min(longest, room) : longest);
    if (cut.length > room) break;
    lines.push(...cut);
    shown += 1;
  }
  const rest = records.slice(shown);
  return rest.length === 0 ? lines : [...lines, describeRest(rest, io)];
}

/** The first lines, and at least one. */
function cutBlock(lines: readonly string[], height: number): readonly string[] {
  if (lines.length <= height) return lines;
  return height < 2 ? lines.slice(0, 1) : [...lines.slice(0, height - 1), "  …"];
}

/** `+19 more (1 Blacklisted)`: what needs attention is named. */
function describeRest(rest: readonly SubscriptionRow[], { style }: Pick<IO, "style">): string {
  const counts = new Map<string, number>();
  for (const { status } of rest) {
    if (status !== "Active") counts.set(status, (counts.get(status) ?? 0) + 1);
  }
  const others = [...counts].map(([status, count]) => `${count} ${oneLine(status)}`).join(", ");
  const more = style.dim(`+${rest.length} more`);
  return others === "" ? more : `${more} ${style.yellow(`(${others})`)}`;
}
