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
