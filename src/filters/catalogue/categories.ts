import type { CatalogueEntry, Category } from "./entry.ts";

export const categoryNames: Readonly<Record<Category, string>> = {
  sms: "SMS",
  messages: "Messages",
  "contact-center": "Contact center",
  telephony: "Telephony",
  presence: "Presence",
  "team-messaging": "Team messaging",
  account: "Account",
  webinar: "Webinar",
  ringsense: "RingSense",
  subscription: "Subscription",
};

/** The category of the first entry first, and the order within each category unchanged. */
export function byCategory(entries: readonly CatalogueEntry[]): readonly CatalogueEntry[] {
  const categories = [...new Set(entries.map(({ category }) => category))];
  return entries.toSorted(
    (a, b) => categories.indexOf(a.category) - categories.indexOf(b.category),
  );
}
