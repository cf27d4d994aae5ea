import type { AccountList } from "../api/account-lists.ts";
import { UnexpectedAnswerError } from "../api/errors.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { JsonObject } from "../machine/json.ts";
import type { Account } from "./account.ts";

/** A record of a list, and its id in digits. */
export interface ListedRecord {
  readonly id: string;
  readonly members: JsonObject;
}

/**
 * All records of a list that comes in pages, or an error: extensions missing from it would lose their events
 * without a visible reason. A list that changes while it is read, repeats itself or ends early is read again from the start.
 *
 * @throws `INCOMPLETE_LIST` (exit 5) where that happens three times
 */
export async function readWholeList(
  { client, notify }: Pick<Account, "client" | "notify">,
  list: AccountList,
): Promise<readonly ListedRecord[]> {
  let perPage = usualPage;
  for (let tries = 1; ; tries++) {
    const read = await readOnce();
    if (typeof read !== "string") return read;
    if (tries === maximumTries) throw incomplete(list, read);
    notify({ kind: "progress", text: `Reading the list again: ${read}.` });
  }

  /** The records, or what is wrong with the list: the end of a sentence. */
  async function readOnce(): Promise<readonly ListedRecord[] | string> {
    const found = new Map<string, ListedRecord>();
    let total: number | undefined;
    for (let page = 1; ; page++) {
      const answer = await client.page(list, page, perPage);
      const { records, totalPages = 0, totalElements } = answer;
      if (page === 1 && perPage < largestPage && (totalElements ?? 0) > largestPage) {
        perPage = largestPage;
        page = 0;
        continue;
      }
      if (page > 1 && totalElements !== total) {
        return `it had ${total ?? "an unknown number of"} records, then ${totalElements ?? "an unknown number"}`;
      }
      total = totalElements;
      if ((answer.page ?? page) !== page)
        return `page ${answer.page} was returned instead of page ${page}`;
      for (const members of records) {
        const id = idOf(members, list);
        if (found.has(id)) return `page ${page} has ${id} again`;
        found.set(id, { id, members });
      }
      const isKnown = totalElements !== undefined || answer.totalPages !== undefined;
      const goesOn =
        answer.hasNext ||
        page < totalPages ||
        found.size < (total ?? 0) ||
        (!isKnown && records.length >= perPage);
      if (!goesOn) break;
      if (records.length === 0)
        return `page ${page} is empty, with ${found.size} of ${total ?? "more"} records read`;
      if (page === mostPages) return `it has more than ${mostPages} pages`;
      notify({
        kind: "progress",
        text: `Read ${found.size} of ${total ?? "many"} records to ${list.attempt}.`,
      });
    }
    if (found.size > (total ?? found.size))
      return `it has ${found.size} records, but reports ${total}`;
    return [...found.values()];
  }
}

/** RingCentral's default. */
const usualPage = 100;
/** RingCentral's maximum: an account with thousands of extensions should not take its quota of a minute to read. */
const largestPage = 1000;
const mostPages = 1000;
const maximumTries = 3;

/** The id is put into filters and paths, so it has to be one. */
function idOf({ id }: JsonObject, { attempt }: AccountList): string {
  if (/^\d{1,19}$/.test(String(id)) && (typeof id === "string" || Number.isSafeInteger(id))) {
    return String(id);
  }
  throw new UnexpectedAnswerError(attempt, "a record has no valid `id`");
}

function incomplete({ attempt }: AccountList, problem: string): CliError {
  return new CliError(
    `Could not ${attempt}: RingCentral's list is incomplete, ${maximumTries} times in a row (${problem}).`,
    {
      exitCode: ExitCode.unavailable,
      code: "INCOMPLETE_LIST",
      hint: "Run the command again in a minute.",
    },
  );
}
