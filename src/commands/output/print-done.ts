import type { CommandContext } from "../../context.ts";
import { isForPrograms } from "../../io/format.ts";
import { printRecords } from "../../io/formats.ts";

/** What became of a profile. */
export interface ProfileResult {
  readonly profile: string;
  readonly outcome: "signed-out" | "removed" | "in-use";
}

export const profileResultShape =
  '{ "schemaVersion": 1, "results": [ { "profile", "outcome": "signed-out|removed|in-use" } ] }';

/** Prints what was done where a program reads it; people have it as a note. */
export async function printDone(
  { io }: Pick<CommandContext, "io">,
  key: string,
  records: readonly object[],
): Promise<void> {
  if (isForPrograms(io.format)) await printRecords(io, { key, records, columns: [] });
}

export function printProfileResult(
  context: Pick<CommandContext, "io">,
  result: ProfileResult,
): Promise<void> {
  return printDone(context, "results", [result]);
}
