import { remedyFor } from "../../api/error-hints.ts";
import { type Check, rule } from "../../check/check.ts";
import { ExitCode } from "../../errors.ts";
import { withEndpoint } from "../../explanations/check-hint.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import { redactAddress } from "../../machine/redact.ts";
import { pluralize } from "../../phrases.ts";
import { type Audited, about, orPass } from "./audited.ts";

const ofEndpoint = rule("endpoint", "answers RingCentral's handshake");

/** URLs that are tried at a time. */
const atATime = 4;

/**
 * Shakes hands with each URL from here, as RingCentral would, and delivers nothing. Private addresses are never called,
 * unless the server is on this machine too.
 */
export async function checkEndpoints({
  context,
  inventory,
  account,
  chosen,
}: Audited): Promise<readonly Check[]> {
  const byUrl = new Map<string, OwnedSubscription[]>();
  for (const each of chosen) {
    const { address } = each.deliveryMode;
    if (address === undefined) continue;
    const url = parseUrl(address)?.href ?? address;
    byUrl.set(url, [...(byUrl.get(url) ?? []), each]);
  }
  if (byUrl.size === 0) return [ofEndpoint.skip("no webhooks")];
  const { checkEndpoint } = await import("../../check/rules.ts");
  const { env, redactor, identity } = context;
  const ownServer = isLoopback(new URL((await identity()).server).hostname);
  const waiting = [...byUrl];
  const rows = new Map<string, Check>();
  async function tryThem() {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [url, subscriptions] = next;
      if (!ownServer && isLoopback(parseUrl(url)?.hostname ?? "")) {
        rows.set(url, ofEndpoint.fail(...unreachable(subscriptions)));
        continue;
      }
      const token = subscriptions.map(({ id }) => inventory.records.get(id)?.verificationToken);
      const checks = await checkEndpoint(subscriptions[0]?.deliveryMode.address ?? url, {
        verificationToken: token.find((each) => each !== undefined),
        once: true,
        ownServer,
        env,
        redactor,
        signal: account.signal,
      });
      const row = describe(checks, subscriptions);
      if (row) rows.set(url, row);
    }
  }
  await Promise.all(Array.from({ length: atATime }, tryThem));
  const found = [...byUrl.keys()].flatMap((url) => rows.get(url) ?? []);
  return orPass(found, ofEndpoint.pass(`${pluralize(byUrl.size, "URL")} answered from here`));
}

/** RingCentral cannot reach it, whatever answers here. */
function unreachable(
  subscriptions: readonly OwnedSubscription[],
): Parameters<typeof ofEndpoint.fail> {
  const { id = "", deliveryMode } = subscriptions[0] ?? {};
  return [
    `${redactAddress(deliveryMode?.address ?? "")}: only this machine can reach it`,
    about(subscriptions, {
      code: "SUB-521",
      exitCode: ExitCode.attention,
      hint: `Delete it with \`rcwh delete ${id}\`.`,
    }),
  ];
}

function describe(
  checks: readonly Check[],
  subscriptions: readonly OwnedSubscription[],
): Check | undefined {
  const broken = checks.find(({ status }) => status === "fail");
  const [first] = subscriptions;
  if (!broken || !first) return undefined;
  const address = first.deliveryMode.address ?? "";
  const { rule, measured, code = "SUB-521", exitCode } = broken;
  const found = `${redactAddress(address)}: ${rule}: ${measured}`;
  if (exitCode === ExitCode.unavailable) {
    return ofEndpoint.skip(`not tried: ${found}`, about(subscriptions));
  }
  return ofEndpoint.fail(
    found,
    about(subscriptions, { code, exitCode: ExitCode.attention, hint: wayOut(first, code) }),
  );
}

function wayOut({ id, deliveryMode: { address = "" } }: OwnedSubscription, code: string): string {
  if (code === "SUB-523") {
    const url = address.replace(/^http:/, "https:");
    return redactAddress(url) === url && parseUrl(url)
      ? `Serve it over https, then move it with \`rcwh update ${id} --url ${url}\`.`
      : `Serve it over https; \`rcwh show ${id} --show-secrets\` shows the URL to move from.`;
  }
  return redactAddress(address) === address
    ? (withEndpoint(remedyFor(code), address) ?? `Try it with \`rcwh check ${address}\`.`)
    : `Fix the endpoint; \`rcwh show ${id} --show-secrets\` shows the URL for \`rcwh check\`.`;
}
