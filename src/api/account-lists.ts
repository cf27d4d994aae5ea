import { isObject, type JsonObject, membersOf } from "../machine/json.ts";
import { UnexpectedAnswerError } from "./errors.ts";
import { extensionOperation, type Operation } from "./operations.ts";

/** A list about the whole account, which comes in pages. The app needs the scope ReadAccounts. */
export type AccountList = Pick<Operation, "name" | "attempt" | "path" | "group">;

/** All extensions, of every type and status. The user needs the permission ReadExtensions. */
export const extensionList: AccountList = {
  name: "list extensions",
  attempt: "list the account's extensions",
  path: "/restapi/v1.0/account/~/extension",
  group: "medium",
};

/** The users in a call queue. The user needs the permission ReadExtensions. */
export function queueMemberList(queueId: string): AccountList {
  return {
    name: "list queue members",
    attempt: `list the members of the call queue ${queueId}`,
    path: `/restapi/v1.0/account/~/call-queues/${encodeURIComponent(queueId)}/members`,
    group: "light",
  };
}

/** The numbers that belong to one extension. The user needs the permission ReadCompanyPhoneNumbers. */
export const directNumberList: AccountList = {
  name: "list phone numbers",
  attempt: "list the account's phone numbers",
  path: "/restapi/v1.0/account/~/phone-number?usageType=DirectNumber",
  group: "heavy",
};

/** One page, and what it says about the others. A server may leave out what is optional here. */
export interface ListPage {
  readonly records: readonly JsonObject[];
  readonly page: number | undefined;
  readonly totalPages: number | undefined;
  readonly totalElements: number | undefined;
  readonly hasNext: boolean;
}

export function pageOperation(list: AccountList, page: number, perPage: number): Operation {
  const query = `${list.path.includes("?") ? "&" : "?"}page=${page}&perPage=${perPage}`;
  return { ...extensionOperation, ...list, path: list.path + query };
}

export function readPage(json: unknown, attempt: string): ListPage {
  const { records, paging, navigation } = membersOf(json);
  if (!Array.isArray(records) || !records.every(isObject)) {
    throw new UnexpectedAnswerError(attempt, "it has no array `records` of objects");
  }
  const { page, totalPages, totalElements } = membersOf(paging);
  return {
    records,
    page: countOf(page),
    totalPages: countOf(totalPages),
    totalElements: countOf(totalElements),
    hasNext: isObject(membersOf(navigation)["nextPage"]),
  };
}

function countOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : undefined;
}
