import { type Check, rule } from "../../check/check.ts";
import { ExitCode } from "../../errors.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import { describeMalformed } from "../../lifecycle/malformed.ts";
import { describeMissing, wayOut } from "../../lifecycle/missing.ts";
import { parseUrl } from "../../machine/parse-url.ts";
import { pluralize } from "../../phrases.ts";
import { describeDisabled, disabledFiltersHint } from "../../subscriptions/disabled-filters.ts";
import { describeUnhealthy, isHealthy, repairHint } from "../../subscriptions/health.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { type Audited, about, orPass } from "./audited.ts";

const ofForm = rule("form", "as RingCentral documents it");
const ofStatus = rule("status", "Active, with every filter");
const ofHosts = rule("hosts", "one host fails one webhook");

/** Reports records of RingCentral's list that rcwh cannot read, and so does not renew. */
export function checkForm({ inventory: { malformed } }: Audited): readonly Check[] {
  const found = malformed.map((each) => {
    const { message, code, hint } = describeMalformed(each);
    const subject = each.id === "" ? [] : [each];
    return ofForm.warn(withoutStop(message), about(subject, { code, hint }));
  });
  return orPass(found, ofForm.pass("every record can be read"));
}

/** Reports what delivers nothing, or not all, and what is on record and gone. */
export function checkStatus({ chosen, missing, inventory: { own } }: Audited): readonly Check[] {
  const gone = missing.map((each) =>
    ofStatus.fail(
      withoutStop(describeMissing(each)),
      about([each.record], { exitCode: ExitCode.attention, hint: wayOut(each) }),
    ),
  );
  const found = chosen.flatMap((each) => {
    if (!isHealthy(each)) {
      const hint = repairHint(each);
      const sentence = withoutStop(describeUnhealthy(each, nameOf(each)));
      return [ofStatus.fail(sentence, about([each], { exitCode: ExitCode.attention, hint }))];
    }
    const disabled = describeDisabled(each, own);
    if (disabled === undefined) return [];
    const code = each.disabledFilters?.[0]?.reason;
    const hint = disabledFiltersHint(each, own);
    const more = { ...(code !== undefined && { code }), ...(hint !== undefined && { hint }) };
    return [ofStatus.warn(`${nameOf(each)}: ${disabled}`, about([each], more))];
  });
  return orPass(
    [...gone, ...found],
    ofStatus.pass(`${pluralize(chosen.length, "webhook")}, all Active`),
  );
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

/** Says which webhooks stand and fall together. Something to know, not to fix, until one of them fails. */
export function checkHosts({ webhooks }: Audited): readonly Check[] {
  const byHost = new Map<string, OwnedSubscription[]>();
  for (const each of webhooks) {
    const host = parseUrl(each.deliveryMode.address ?? "")?.host;
    if (host === undefined) continue;
    byHost.set(host, [...(byHost.get(host) ?? []), each]);
  }
  const shared = [...byHost].filter(([, { length }]) => length > 1);
  const found = shared.flatMap(([host, all]) => {
    const failing = all.filter((each) => !isHealthy(each));
    const others = all.filter(isHealthy);
    const [first] = failing;
    if (!first || others.length === 0) return [];
    return [
      ofHosts.warn(
        `${nameOf(first)} is ${first.status}, and ${pluralize(others.length, "other webhook")} on ${host} may be next`,
        about([first, ...others], { hint: repairHint(first) }),
      ),
    ];
  });
  if (shared.length === 0) return [ofHosts.pass("none is shared")];
  const hosts = shared.map(([host, { length }]) => `${pluralize(length, "webhook")} on ${host}`);
  const all = shared.flatMap(([, each]) => each);
  return orPass(found, {
    ...ofHosts.pass(`${hosts.join(", ")}: one failing host blacklists all of its webhooks`),
    ...about(all),
  });
}
