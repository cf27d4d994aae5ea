import type { CatalogueEntry, QueryParameter } from "../../filters/catalogue/entry.ts";
import {
  anything,
  choice,
  documentOf,
  list,
  mapOf,
  optional,
  record,
  text,
  texts,
  yes,
} from "./schema.ts";
import { ref } from "./shared.ts";

const queryParameter = record<QueryParameter>("A query parameter that the filter takes.", {
  name: text("Its name."),
  type: choice<QueryParameter["type"]>("The type of its value.", {
    enum: "one of values",
    boolean: "",
    string: "",
    integer: "",
    flag: "a name without a value",
  }),
  values: optional(texts("The only values that it takes.")),
  required: optional(yes("The filter requires it.")),
  needs: optional(text("Another parameter that the query must have as well.")),
  note: optional(text("Remarks.")),
});

const filter = record<CatalogueEntry & { readonly sample?: unknown }>("An event filter.", {
  filter: text("The whole path with placeholders such as {accountId}, and its fixed query."),
  name: text("What it is called."),
  category: choice<CatalogueEntry["category"]>("What its events are about.", {
    sms: "",
    messages: "",
    "contact-center": "",
    telephony: "",
    presence: "",
    "team-messaging": "",
    account: "",
    webinar: "",
    ringsense: "",
    subscription: "",
  }),
  summary: text("When it delivers an event."),
  permission: text("The app scope that it needs, as the Developer Console names it."),
  permissionDisputed: optional(texts("Other scopes, according to some sources.")),
  userPermission: optional(text("What the user's role needs as well.")),
  query: list("The query parameters that it takes.", queryParameter),
  api: ref("api"),
  aliases: texts("Short names for --filter, the preferred one first."),
  presets: optional(mapOf("The query behind an alias, where it has one.", { type: "string" })),
  since: optional(text("The version of the API that introduced it.")),
  deprecated: optional(yes("It is deprecated.")),
  replacedBy: optional(text("The filter that replaces it.")),
  confidence: choice<CatalogueEntry["confidence"]>("How well it is documented.", {
    documented: "in RingCentral's guide",
    observed: "only in RingCentral's own code",
    preview: "announced but not published",
    legacy: "known from mobile push and changelogs",
    "third-party": "only in other people's code",
  }),
  notes: optional(texts("Remarks.")),
  sample: optional(anything("A sample of an event's body; only in `filters show`.")),
});
/** Of `filters` and `filters show`. */
export const filters = documentOf("filters", "The filters that match.", filter);
