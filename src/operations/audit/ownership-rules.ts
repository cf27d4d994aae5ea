import { type Check, rule } from "../../check/check.ts";
import type { OwnIds } from "../../filters/compare.ts";
import { FilterSet } from "../../filters/filter-set.ts";
import type { OwnedSubscription } from "../../lifecycle/inventory.ts";
import type { Manifest } from "../../manifest/manifest.ts";
import { pluralize } from "../../phrases.ts";
import { sameAddress } from "../../subscriptions/address.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { allFilters } from "../../subscriptions/subscription-filters.ts";
import { type Audited, about, namesOf, orPass } from "./audited.ts";

const ofForeign = rule("foreign", "made by rcwh, and on record");
const ofUnnamed = rule("unnamed", "in a manifest, where there is one");
const ofTokens = rule("tokens", "a verification token for each webhook");

/**
 * Reports what another program made: rcwh cannot know its verification token, so a replacement would lose it. What a run
 * of rcwh was cut off at has its token in the journal.
 */
export function checkForeign({
  webhooks,
  begun,
  inventory: { records },
}: Audited): readonly Check[] {
  const ours = new Set(begun.map(({ newId }) => newId));
  const found = webhooks
    .filter(({ id }) => !ours.has(id))
    .filter(({ id }) => records.get(id)?.foreign ?? !records.has(id))
    .map((each) =>
      ofForeign.warn(
        `${nameOf(each)} was made by another program or on another machine: its verification token is unknown here`,
        about([each], {
          hint: `If it is yours, give it a token that rcwh knows with \`rcwh rotate-token ${each.id}\`.`,
        }),
      ),
    );
  return orPass(found, ofForeign.pass("none"));
}

/** Reports what no manifest names, where manifests name others, or a file is given. */
export function checkUnnamed({
  distinct,
  inventory: { records, own },
  manifest,
}: Audited): readonly Check[] {
  const isNamed = (each: OwnedSubscription) =>
    records.get(each.id)?.managedAs !== undefined || isInFile(each, manifest, own);
  const unnamed = distinct.filter((each) => !isNamed(each));
  const named = distinct.length - unnamed.length;
  if (named === 0 && !manifest) return [ofUnnamed.skip("no webhook is managed by a manifest")];
  if (unnamed.length === 0) return [ofUnnamed.pass(`${pluralize(named, "webhook")} in a manifest`)];
  const ids = unnamed.map(({ id }) => id).join(" ");
  return [
    ofUnnamed.warn(
      `${namesOf(unnamed)}: in no manifest, unlike ${pluralize(named, "other")}`,
      about(unnamed, {
        hint: `Write the missing entries, and record their names, with \`rcwh export ${ids} --adopt\`.`,
      }),
    ),
  ];
}

/** Whether a webhook of the file has its URL, and one of its filters for any extension. */
function isInFile(each: OwnedSubscription, manifest: Manifest | undefined, own: OwnIds): boolean {
  const ofAnybody = (filter: string) => filter.replace(/(\/extension\/)[^/?]+/, "$1~");
  const filters = new FilterSet(allFilters(each, own).map(ofAnybody), own);
  return (manifest?.webhooks ?? []).some(
    ({ api, address, eventFilters }) =>
      api === each.api &&
      sameAddress(address, each.deliveryMode.address) &&
      eventFilters.map(ofAnybody).some((filter) => filters.has(filter)),
  );
}

/**
 * Says which webhooks rcwh made without a token, so that anybody may post to their URL. One that is being replaced will be
 * deleted.
 */
export function checkTokens({
  webhooks,
  begun,
  inventory: { records },
}: Audited): readonly Check[] {
  const replaced = new Set(begun.map(({ oldId }) => oldId));
  const without = webhooks.filter(({ id }) => {
    const record = records.get(id);
    const isKnown = record && !record.foreign && record.verificationToken === undefined;
    return isKnown && !replaced.has(id);
  });
  const [first] = without;
  if (!first) return [ofTokens.pass("no webhook is known to lack one")];
  return [
    ofTokens.skip(
      `${namesOf(without)}: no verification token, so the endpoint cannot tell RingCentral's events from others`,
      about(without, { hint: `Add one with \`rcwh rotate-token ${first.id}\`.` }),
    ),
  ];
}
