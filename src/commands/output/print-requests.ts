import type { Operation } from "../../api/operations.ts";
import type { CommandContext } from "../../context.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { printRecords, toJson } from "../../io/formats.ts";
import type { IO } from "../../io/io.ts";
import type { Result } from "../../lifecycle/results.ts";
import { redactAddress } from "../../machine/redact.ts";
import { printResults } from "./print-results.ts";

/** A request that `--dry-run` prints instead of sending it. Its verification token is `…`. */
export interface PlannedRequest {
  readonly method: string;
  readonly url: string;
  readonly body?: PlannedBody;
}

interface PlannedBody {
  readonly eventFilters: readonly string[];
  readonly expiresIn?: number;
  readonly deliveryMode?: { readonly address: string; readonly verificationToken?: string };
}

export function plannedRequest(
  { method, path }: Operation,
  server: string,
  body?: PlannedBody,
): PlannedRequest {
  const url = `${server}${path}`;
  if (!body?.deliveryMode?.verificationToken) return { method, url, ...(body && { body }) };
  const deliveryMode = { ...body.deliveryMode, verificationToken: "…" };
  return { method, url, body: { ...body, deliveryMode } };
}

/** Prints the requests of `create --dry-run`: as text, or as `requests` for a program. */
export async function printRequests(
  requests: readonly PlannedRequest[],
  { io, settings }: CommandContext,
): Promise<void> {
  if (isForPeople(io)) printText(requests, io, settings.showSecrets);
  else await printRecords(io, { key: "requests", records: requests, columns: [] });
  io.note("Nothing was sent (--dry-run).");
}

/** Prints the requests of `update --dry-run`: as text, or beside the result for a program. */
export async function printPlan(
  result: Result & { readonly requests: readonly PlannedRequest[] },
  own: OwnIds,
  context: CommandContext,
): Promise<void> {
  const { io, settings } = context;
  if (isForPeople(io)) printText(result.requests, io, settings.showSecrets);
  else await printResults(context, [result], { own });
  io.note("Nothing was sent (--dry-run).");
}

/** Requests have no columns, so TSV and CSV get the text too. */
function isForPeople({ format }: IO): boolean {
  return format === "table" || format === "tsv" || format === "csv";
}

/** Hides the query of a webhook's URL, unless `showSecrets` is set. */
function printText(requests: readonly PlannedRequest[], io: IO, showSecrets: boolean): void {
  const text = ({ method, url, body }: PlannedRequest) =>
    [`${method} ${url}`, ...(body ? [toJson(shownBody(body, showSecrets), 2)] : [])].join("\n");
  io.data(requests.map(text).join("\n\n"));
}

function shownBody(body: PlannedBody, showSecrets: boolean): PlannedBody {
  if (!body.deliveryMode) return body;
  const address = redactAddress(body.deliveryMode.address, showSecrets);
  return { ...body, deliveryMode: { ...body.deliveryMode, address } };
}
