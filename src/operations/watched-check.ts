import { DeadlineError } from "../api/errors.ts";
import type { Check } from "../check/check.ts";
import { completed } from "../check/report.ts";
import { checkEndpoint, type EndpointCheckOptions, endpointRules } from "../check/rules.ts";
import type { CommandContext } from "../context.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { IO } from "../io/io.ts";
import { createLiveList } from "../io/live-list.ts";
import type { Clock } from "../machine/clock.ts";
import { type ConfirmContext, confirm } from "./confirm.ts";

interface WatchOptions {
  /** Milliseconds for the whole check, unless --deadline is less. Time spent on the question does not count. */
  readonly limit: number;
  /** Asked before an event is delivered. */
  readonly question?: string;
}

type WatchContext = ConfirmContext &
  Pick<CommandContext, "signal" | "deadlineAt" | "redactor"> & {
    readonly io: Pick<IO, "stderr" | "errorStyle" | "watched" | "terminal" | "redactor">;
    readonly clock: Pick<Clock, "now">;
  };

interface WatchedChecks {
  readonly checks: readonly Check[];
  /** The error that ended the check early or held back the event, if any. */
  readonly ending: unknown;
}

/** Checks an endpoint within the run's deadline. On a terminal, rows change as their results arrive. */
export async function watchChecks(
  url: string,
  options: Omit<EndpointCheckOptions, "signal" | "onRow" | "onStart" | "redactor">,
  { limit, question }: WatchOptions,
  context: WatchContext,
): Promise<WatchedChecks> {
  const deadline = createDeadline(context.deadlineAt(limit) - context.clock.now());
  const list = createLiveList(context.io, endpointRules);
  const rows: Check[] = [];
  let declined: unknown;
  const agree = async () => {
    if (question === undefined) return true;
    list.hide();
    deadline.pause();
    try {
      await confirm(context, question, "No event was delivered.");
    } catch (error) {
      if (!(error instanceof CliError) || error.exitCode !== ExitCode.declined) throw error;
      declined = error;
    } finally {
      deadline.resume();
    }
    return declined === undefined;
  };
  try {
    const checks = await checkEndpoint(url, {
      ...options,
      event: options.event && { ...options.event, agree },
      redactor: context.redactor,
      signal: AbortSignal.any([context.signal, deadline.signal]),
      onStart: (rule) => list.update(rule, "running"),
      onRow(row) {
        rows.push(row);
        list.update(row.rule, row.status, row.measured);
      },
    });
    return { checks, ending: declined };
  } catch (error) {
    if (!context.signal.aborted && !deadline.signal.aborted) throw error;
    const ending = context.signal.aborted ? error : new DeadlineError("check the endpoint");
    return { checks: completed(rows), ending };
  } finally {
    deadline.pause();
    list.erase();
  }
}

/** A signal that aborts after these milliseconds, without the time for which it is paused. */
function createDeadline(milliseconds: number) {
  const controller = new AbortController();
  let left = Math.max(0, milliseconds);
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  const resume = () => {
    startedAt = performance.now();
    timer = setTimeout(() => controller.abort(), left);
  };
  resume();
  return {
    signal: controller.signal,
    resume,
    pause() {
      clearTimeout(timer);
      left = Math.max(0, left - (performance.now() - startedAt));
    },
  };
}
