import { json } from "../answers.ts";
import type { Call } from "../backend.ts";
import { invalidParameter } from "../problems.ts";

/**
 * The page of a list that a call asks for, in the form of the API reference (EnumeratedPagingModel and
 * PageNavigationModel of @rc-ex/core 1.8.6): 100 records by default, 1000 at most; "if perPage value in the request is
 * greater than 1000, the maximum value (1000) is applied". A page that does not exist is empty.
 *
 * @param uri the list's own, without a query
 */
export function answerPage(call: Call, uri: string, all: readonly object[]): Response {
  const perPage = Math.min(numberIn(call, "perPage", 0) ?? 100, 1000);
  const page = numberIn(call, "page", 1) ?? 1;
  const start = (page - 1) * perPage;
  const records = all.slice(start, start + perPage);
  const totalPages = perPage === 0 ? 0 : Math.ceil(all.length / perPage);
  const link = (number: number) => {
    const query = new URLSearchParams(new URL(call.req.url).search);
    query.set("page", String(number));
    query.set("perPage", String(perPage));
    return { uri: `${uri}?${query}` };
  };
  const place = records.length > 0 && {
    page,
    pageStart: start,
    pageEnd: start + records.length - 1,
  };
  return json({
    uri: link(page).uri,
    records,
    paging: { ...place, perPage, totalPages, totalElements: all.length },
    navigation: {
      firstPage: link(1),
      ...(page < totalPages && { nextPage: link(page + 1) }),
      ...(page > 1 && page <= totalPages && { previousPage: link(page - 1) }),
      lastPage: link(Math.max(1, totalPages)),
    },
  });
}

/** A query parameter as a whole number. Throws CMN-101 for anything else. */
function numberIn(call: Call, name: string, least: number): number | undefined {
  const text = call.req.query(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) < least) throw invalidParameter(name);
  return Number(text);
}

/** The values of a query parameter, which can be repeated or separated by commas; undefined without any. */
export function valuesIn(
  call: Call,
  name: string,
  allowed?: readonly string[],
): readonly string[] | undefined {
  const values = call.req.queries(name)?.flatMap((each) => each.split(","));
  if (values?.some((each) => allowed?.includes(each) === false)) throw invalidParameter(name);
  return values;
}
