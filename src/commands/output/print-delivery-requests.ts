import type { CommandContext } from "../../context.ts";
import type { EndpointTarget } from "../../deliveries/delivery-target.ts";
import type { Delivery } from "../../endpoint/delivery.ts";
import { deliveryHeaders } from "../../endpoint/delivery-headers.ts";
import { printRecords, toJson } from "../../io/formats.ts";
import { redactAddress } from "../../machine/redact.ts";
import { oneLine } from "../../one-line.ts";

interface PlannedDelivery {
  readonly method: "POST";
  /** Absent without a target. */
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Prints what `--dry-run` would send, as text or as `requests`, with `…` for the verification token. */
export async function printDeliveryRequests(
  deliveries: AsyncIterable<Delivery> | Iterable<Delivery>,
  target: Target | undefined,
  { io, settings }: CommandContext,
): Promise<void> {
  const { format } = io;
  const requests: PlannedDelivery[] = [];
  let isFirst = true;
  for await (const delivery of deliveries) {
    const request = plan(delivery, target);
    if (format === "json" || format === "yaml") requests.push(request);
    else if (format === "ndjson") io.data(toJson(request));
    else io.data(`${isFirst ? "" : "\n"}${asText(request, settings.showSecrets)}`);
    isFirst = false;
  }
  if (format === "json" || format === "yaml") {
    await printRecords(io, { key: "requests", records: requests, columns: [] });
  }
  io.note("Nothing was sent (--dry-run).");
}

type Target = Pick<EndpointTarget, "url" | "verificationToken">;

function plan(delivery: Delivery, target: Target | undefined): PlannedDelivery {
  const token = target?.verificationToken === undefined ? undefined : "…";
  const { Host, ...headers } = deliveryHeaders(target?.url ?? "http://localhost", delivery, token);
  return {
    method: "POST",
    ...(target && { url: target.url }),
    headers: { ...(target && Host !== undefined && { Host }), ...headers },
    body: JSON.parse(delivery.text),
  };
}

/** TSV and CSV print this text too, because requests have no columns. */
function asText({ method, url, headers, body }: PlannedDelivery, showSecrets: boolean): string {
  return [
    `${method} ${url === undefined ? "" : redactAddress(url, showSecrets)}`.trimEnd(),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${oneLine(value)}`),
    "",
    toJson(body, 2),
  ].join("\n");
}
