import { emulatorProfile } from "../../config/profile-name.ts";
import type { CommandContext } from "../../context.ts";
import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { openAlternateScreen } from "../../io/alternate-screen.ts";
import type { IO } from "../../io/io.ts";
import { loadMeasure } from "../../io/table.ts";
import { canMoveCursor } from "../../machine/environment.ts";
import { joinLines, oneLine } from "../../one-line.ts";
import { commandLine } from "../../operations/guide/command-line.ts";
import { noSubscriptions } from "../../operations/no-subscriptions.ts";
import { formatDuration } from "../../subscriptions/lifetime.ts";
import { timeOf } from "../../subscriptions/time.ts";
import { concludeAccounts } from "../output/conclude-accounts.ts";
import type { Listed } from "./list-accounts.ts";
import { commandFor, runCommand, watchEvents } from "./screen-actions.ts";
import { layOut } from "./screen-layout.ts";
import { createLook } from "./screen-look.ts";
import { type Pressed, press } from "./screen-press.ts";
import { type RowOptions, rowsOf, type ScreenRow } from "./screen-rows.ts";
import { allRows, type Group, startState, withGroups } from "./screen-state.ts";

export interface ListScreenPlan {
  /** Lists with this context, `deadline` as in `CommandContext.api`. */
  readonly list: (context: CommandContext, deadline?: number) => Promise<Listed>;
  /** Whether several accounts are listed. */
  readonly isMany: boolean;
  /** Milliseconds between two listings. */
  readonly interval: number;
  /** Whether flags choose some of them. */
  readonly isSelective: boolean;
}

/** Milliseconds between two drawings: bars move with time. */
const tick = 1000;
/** Milliseconds between two listings that `g` asks for. */
const shortestPause = 2000;

/** `list -i`: shows all subscriptions, and acts on them, until the user leaves. Prints `none` if there are none. */
export async function runListScreen(plan: ListScreenPlan, context: CommandContext): Promise<void> {
  const { io, clock, env, signal } = context;
  if (!io.interactive || !canMoveCursor(context)) {
    throw new UsageError(
      "`rcwh list -i` needs a terminal.",
      "Use `rcwh list`, then `rcwh show`, `renew`, `update` or `delete` with an id.",
    );
  }
  const none = plan.isSelective ? "No subscription matches." : describeNone(context);
  const safe = (text: string) => oneLine(io.redactor.message(text));
  const options = (): RowOptions => ({
    showSecrets: context.settings.showSecrets,
    at: clock.now(),
    safe,
  });
  // On the shell's screen: what goes wrong here ends the run as it ends `rcwh list`.
  io.progress("Listing subscriptions…");
  const first = await plan.list(context);
  io.endProgress();
  if (first.accounts === 0) concludeAccounts(first.failures, 0, "listed");
  let state = startState(groupsOf(first, [], options()), plan.isMany);
  if (allRows(state).length === 0 && first.failures.length === 0) return io.note(none);

  const look = createLook(env, io.style, await loadMeasure());
  const prompter = await context.prompter();
  const over = new AbortController();
  let listedAt = clock.now();
  let nextAt = listedAt + plan.interval;
  let work: string | undefined;
  let notice: string | undefined;
  let outage: string | undefined;
  let page = 1;
  let isActing = false;
  let isRefreshing = false;

  const quiet = quietIO(io, {
    say(text) {
      notice = text;
    },
    progress(text) {
      work = text;
      screen.draw();
    },
  });
  const account: CommandContext & { close?(): Promise<void> } = plan.isMany
    ? Object.create(context, { io: { value: quiet } })
    : context.as(await context.identity(), quiet);

  const screen = openAlternateScreen(io, (size) => {
    const every = `${timeOf(listedAt)}, every ${formatDuration(plan.interval / 1000)}`;
    const scene = { now: clock.now(), activity: work ?? every, notice, outage };
    const layout = layOut(state, { ...scene, none, look, safe }, size);
    page = layout.page;
    state = { ...state, top: layout.top, help: layout.help };
    return layout;
  });

  async function refresh(): Promise<void> {
    isRefreshing = true;
    work = "listing…";
    screen.draw();
    try {
      const listed = await plan.list(account, Number.POSITIVE_INFINITY);
      state = withGroups(state, groupsOf(listed, state.groups, options()));
      outage = undefined;
      listedAt = clock.now();
      nextAt = listedAt + plan.interval;
    } catch (error) {
      if (signal.aborted || over.signal.aborted) return;
      if (!(error instanceof CliError)) throw error;
      const isTemporary = error.exitCode === ExitCode.unavailable;
      nextAt = isTemporary ? clock.now() + plan.interval : Number.POSITIVE_INFINITY;
      const next = isTemporary
        ? `trying again in ${formatDuration(plan.interval / 1000)}`
        : "press g to try again";
      outage = `${safe(error.message).replace(/\.$/, "")}; ${next}. The list is from ${timeOf(listedAt)}.`;
    } finally {
      work = undefined;
      isRefreshing = false;
      screen.draw();
    }
  }
  const startRefresh = () => {
    if (!isRefreshing) void refresh();
  };

  async function keepCurrent(): Promise<void> {
    while (!over.signal.aborted) {
      await clock.sleep(tick, over.signal).catch(() => {});
      if (over.signal.aborted) return;
      if (!isActing && clock.now() >= nextAt) startRefresh();
      screen.draw();
    }
  }

  /** Resolves to what was chosen, or to undefined where the user quits. */
  async function readKeys(): Promise<Pressed["act"] | undefined> {
    let act: Pressed["act"];
    let isDone = false;
    let isPasted = false;
    await prompter.keys(async (key, typed) => {
      // Keys that came with the last one are not for what it began.
      if (isDone) return false;
      if (key === "paste-start" || key === "paste-end") isPasted = key === "paste-start";
      else if (!isPasted || (state.isTyping && typed !== "")) {
        notice = undefined;
        const pressed = press(state, key, typed, page);
        state = pressed.state;
        notice = pressed.notice;
        if (pressed.act?.action === "copyId" || pressed.act?.action === "copyUrl") {
          notice = copy(pressed.act.row, pressed.act.action, io);
        } else if (pressed.act) {
          act = pressed.act;
          isDone = true;
        }
        if (pressed.other === "quit") isDone = true;
        if (pressed.other === "repaint") screen.repaint();
        if (pressed.other === "refresh") {
          if (clock.now() - listedAt >= shortestPause || outage !== undefined) startRefresh();
          else notice = "The list is from just now.";
        }
      }
      if (!isDone) screen.draw();
      return !isDone;
    });
    return act;
  }

  async function perform({ action, row }: NonNullable<Pressed["act"]>): Promise<void> {
    if (action === "copyId" || action === "copyUrl") return;
    const profile = plan.isMany ? row.target.profile : undefined;
    const command = { ...commandFor(action, row), profile };
    if (action === "events") return watchEvents(command, row.url, context);
    const isReading = action === "show" || action === "check";
    // The fresh list is there by the time somebody has read what the command says.
    await runCommand(command, context, isReading ? () => {} : startRefresh);
  }

  void keepCurrent();
  let endDiversion = () => {};
  try {
    for (;;) {
      endDiversion = io.divert((text) => {
        notice = text;
      });
      screen.enter();
      const act = await readKeys();
      screen.leave();
      endDiversion();
      if (!act) return;
      isActing = true;
      await perform(act);
      isActing = false;
    }
  } finally {
    over.abort();
    screen.close();
    endDiversion();
    await account.close?.();
  }
}

/** What an empty list says on a terminal, where `create` asks for what it needs. */
function describeNone({ settings }: CommandContext): string {
  if (settings.profile === emulatorProfile) return noSubscriptions(settings.profile);
  const create = commandLine({ name: "create", flags: {} }, settings);
  return `No subscriptions. Create one with \`${create}\`.`;
}

/** The accounts by name, as listed now. One that failed keeps its former rows, with the reason. */
function groupsOf(listed: Listed, before: readonly Group[], options: RowOptions): readonly Group[] {
  const rows = rowsOf(listed, options);
  const fresh = listed.profiles.map((profile): Group => {
    return { profile, at: options.at, rows: rows.filter((row) => row.target.profile === profile) };
  });
  const failed = listed.failures.map(({ profile, error }): Group => {
    const known = before.find((group) => group.profile === profile);
    const problem = options.safe(error.message);
    return { profile, at: options.at, rows: [], ...known, problem };
  });
  return [...fresh, ...failed].toSorted((a, b) => (a.profile < b.profile ? -1 : 1));
}

/** Has the terminal put it on the clipboard; returns what to say about it. */
function copy({ target, id }: ScreenRow, action: "copyId" | "copyUrl", io: IO): string {
  const text = action === "copyId" ? target.id : target.address;
  // Past the redactor, which would find a secret in it: whoever copies a URL wants all of it.
  io.stdout.write(`\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`);
  const what = action === "copyId" ? `The id ${id}` : "The whole URL, with its query,";
  return `${what} is on the clipboard, if your terminal allows programs to copy (OSC 52).`;
}

/** An IO whose messages are for the screen. */
function quietIO(
  io: IO,
  { say, progress }: Record<"say" | "progress", (text: string) => void>,
): IO {
  const overrides: Partial<IO> = {
    note: (text) => say(joinLines(text)),
    detail: () => {},
    warn: (text) => say(joinLines(text)),
    // What --debug traces has no place here.
    say: () => {},
    progress,
    endProgress: () => {},
  };
  return Object.assign(Object.create(io), overrides);
}
