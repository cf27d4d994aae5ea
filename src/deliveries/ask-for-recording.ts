import { stat } from "node:fs/promises";
import type { CommandContext } from "../context.ts";
import type { Prompts } from "../io/prompts.ts";
import { isFileError, reasonOf } from "../machine/file-error.ts";
import { askWithin } from "../operations/guide/run-steps.ts";
import { relativeTime } from "../subscriptions/time.ts";
import { findRecordings, type Recording } from "./find-recordings.ts";

/** Lets the user pick a recording of the current folder, newest first, or type a path. */
export async function askForRecording(context: CommandContext): Promise<string> {
  const { io, clock, signal } = context;
  const prompter = await context.prompter();
  const askForPath = async ({ input }: Prompts) => {
    const validate = (text: string) => judgePath(text.trim());
    return (await input("Path of the recording", { validate })).trim();
  };
  const found = await findRecordings(".", signal);
  if (found.length === 0) {
    io.note("There is no recording in this folder. `rcwh listen --record <file>` writes one.");
    return askForPath(prompter);
  }
  const widest = found.reduce((most, { name }) => Math.max(most, name.length), 0);
  const choices = found.map((each) => ({
    // A name that looks like a flag, or like standard input.
    value: each.name.startsWith("-") ? `./${each.name}` : each.name,
    name: [
      each.name.padEnd(Math.min(widest, 40)),
      describeCount(each).padStart(12),
      relativeTime(Math.min(0, each.changedAt - clock.now())),
    ].join("  "),
    short: each.name,
  }));
  const typed = { value: undefined, name: "Type a path" };
  return askWithin(
    prompter,
    () => prompter.search<string | undefined>("Replay which recording?", [...choices, typed]),
    async (chosen) => chosen ?? askForPath(prompter.withBack),
  );
}

function describeCount({ events, hasMore }: Recording): string {
  return `${events}${hasMore ? "+" : ""} ${events === 1 ? "event" : "events"}`;
}

async function judgePath(path: string): Promise<true | string> {
  if (path === "") return "Type the path of a file.";
  try {
    const found = await stat(path);
    return found.isDirectory() ? `${path} is a directory.` : true;
  } catch (error) {
    if (!isFileError(error)) throw error;
    return `Cannot read ${path}: ${reasonOf(error)}.`;
  }
}
