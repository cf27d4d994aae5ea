import { listAt, textAt, valueAt } from "../payload.ts";
import { type BodySummaries, fewOf, joined, quoted } from "../wording.ts";

const account = "/restapi/v1.0/account/{accountId}";
const extension = `${account}/extension/{extensionId}`;
const insights = "/ai/ringsense/v1/public/accounts/{accountId}/domains";

/** Summaries of events about the account, webinars, recordings and subscriptions. */
export const otherSummaries: BodySummaries = {
  [`${account}/directory/entries`]: directory,
  [`${account}/directory/contacts`]: directory,
  [`${account}/device/{deviceId}/emergency-address`]: (body) =>
    `Emergency address of device ${textAt(body, "deviceId")}`.trim(),
  [`${extension}/favorite`]: (body) => changed("Favorites", body),
  [`${extension}/grant`]: (body) => changed("Grants", body),
  [extension]: extensionChange,
  [`${account}/extension`]: (body) => fewOf(listAt(body, "extensions").map(extensionChange)),
  [`${account}/phone-number`]: (body) =>
    joined([textAt(body, "phoneNumberInfo", "phoneNumber"), textAt(body, "eventType")]),
  "/webinar/configuration/v1/company/sessions": (body) => webinar(body, textAt(body, "eventType")),
  "/webinar/runtime/v1/company/sessions/state": (body) => webinar(body, textAt(body, "state")),
  "/webinar/registration/v1/company/sessions/state": (body) =>
    webinar(body, `registration ${textAt(body, "registrationStatus")}`.trim()),
  "/webinar/registration/v1/company/sessions/registrants": (body) => {
    const names = [textAt(body, "registrant", "firstName"), textAt(body, "registrant", "lastName")];
    return webinar(body, names.join(" ").trim());
  },
  [`${insights}/pbx/insights`]: insight,
  [`${insights}/rcv/insights`]: insight,
  [`${insights}/rcx/insights`]: insight,
  [`${insights}/ms-teams/insights`]: insight,
  [`${insights}/nice-incontact/insights`]: insight,
  "/restapi/v1.0/subscription/~": reminder,
};

function directory(body: unknown): string {
  return fewOf(
    listAt(body, "contacts").map((contact) =>
      joined([
        textAt(contact, "name") || textAt(contact, "id"),
        textAt(contact, "eventType"),
        textAt(contact, "department"),
      ]),
    ),
  );
}

function changed(what: string, body: unknown): string {
  const whose = textAt(body, "extensionId");
  return `${what}${whose && ` of ${whose}`} have changed`;
}

function extensionChange(one: unknown): string {
  const [whose, type] = [textAt(one, "extensionId"), textAt(one, "eventType")];
  const hints = listAt(one, "hints")
    .slice(0, 4)
    .map((hint) => textAt(hint));
  return joined([[whose, type].filter(Boolean).join(" "), ...hints]);
}

function webinar(body: unknown, what: string): string {
  const title = textAt(body, "title");
  return title === "" ? what : joined([quoted(title), what]);
}

function insight(body: unknown): string {
  return joined([
    textAt(body, "title") || textAt(body, "sourceRecordId"),
    textAt(body, "insights", "Sentiment", 0, "value"),
  ]);
}

function reminder(body: unknown): string {
  const seconds = valueAt(body, "expiresIn");
  if (typeof seconds !== "number") return "The subscription expires soon";
  const hours = Math.round(seconds / 3600);
  if (seconds < 2 * 3600) return `The subscription expires in ${Math.round(seconds / 60)} min`;
  const days = Math.round(hours / 24);
  return `The subscription expires in ${hours < 48 ? `${hours} h` : `${days} d`}`;
}
