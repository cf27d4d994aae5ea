import fc from "fast-check";
import { catalogue } from "../../src/filters/catalogue/catalogue.ts";
import type { CatalogueEntry } from "../../src/filters/catalogue/entry.ts";

/** A filter as the server writes it, with ids and every required parameter. */
export function concrete({ filter, query }: CatalogueEntry): string {
  const uri = filter
    .replace("{threshold}", "600")
    .replace("{interval}", "60")
    .replace("{accountId}", "4001")
    .replace("{extensionId}", "4002")
    .replace("{batchId}", "5f0c3c1e-7a52")
    .replaceAll(/\{[^{}]*\}/g, "4003");
  const missing = query.filter(
    ({ name, type, required }) => required && type !== "flag" && !uri.includes(`${name}=`),
  );
  if (missing.length === 0) return uri;
  return `${uri}?${missing.map(({ name, values }) => `${name}=${values?.[0]}`).join("&")}`;
}

const id = fc.constantFrom("~", "4001", "4002", "4003");

/** Filters of the catalogue with various ids in them. */
export const anyFilter = fc
  .tuple(fc.constantFrom(...catalogue), id, id)
  .map(([entry, accountId, extensionId]) =>
    concrete(entry)
      .replace(/(?<=\/accounts?\/)4001/, accountId)
      .replace(/(?<=\/extensions?\/)4002/, extensionId),
  );

export const anyOwn = fc.constantFrom(
  {},
  { accountId: "4001" },
  { extensionId: "4002" },
  { accountId: "4001", extensionId: "4002" },
  { accountId: "4001", extensionId: "4001" },
);
