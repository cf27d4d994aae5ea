import { UsageError } from "../../errors.ts";
import { parseEventFilter, parseEventFilters } from "../../filters/parse.ts";
import { parseReminder, reminderFilter } from "../../filters/reminder.ts";
import { splitFilterList } from "../../filters/split-list.ts";
import { isExtensionSelector } from "../../lifecycle/extensions.ts";
import { checkReminders } from "../../lifecycle/new-subscription.ts";
import { parseAddress } from "../../subscriptions/address.ts";
import { doubtAbout, parseLifetime } from "../../subscriptions/lifetime.ts";
import type { ManifestWebhook, Place, WantedToken } from "../manifest.ts";
import { splitOverParts, toTemplates } from "../parts.ts";
import type { ShapedDocument } from "./check-shape.ts";
import type { Problem } from "./problems.ts";
import { manifestSchema, type WebhookEntry } from "./schema.ts";
import { unset, type Variables, variableOf } from "./variables.ts";

/** What a manifest asks of the world around it. */
export interface ManifestReader {
  readonly variables: Variables;
  /** The server of the account that the file is for. */
  server(profile: string | undefined): Promise<string>;
  /** The secret in a file that is named as it is in the manifest. Throws UsageError. */
  secretFile(path: string): Promise<string>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Something that somebody may want to know of what was accepted. */
export interface Remark extends Place {
  readonly kind: "note" | "warning";
  readonly message: string;
}

export interface Reading {
  readonly shaped: ShapedDocument;
  readonly reader: ManifestReader;
  readonly server: () => Promise<string>;
  /** Get what is found. */
  readonly problems: Problem[];
  readonly remarks: Remark[];
}

const defaultFilterCount =
  manifestSchema.properties.webhooks.additionalProperties.properties.filtersPerSubscription.default;

/**
 * Checks one webhook by the rules of `rcwh create`. Its shape has been checked: what has a wrong type is undefined here.
 * Returns undefined where a webhook cannot even be compared with others.
 */
export async function readWebhook(
  name: string,
  entry: Partial<WebhookEntry> | undefined,
  reading: Reading,
): Promise<ManifestWebhook | undefined> {
  if (entry === undefined) return undefined;
  const { shaped, reader, remarks } = reading;
  const { url, expiresIn, remind, filtersPerSubscription = defaultFilterCount } = entry;
  const place = shaped.placeOfKey("webhooks", name);
  const at = (...path: readonly (string | number)[]) => shaped.placeOf("webhooks", name, ...path);

  const server = await reading.server();
  const address = readIf(url, reading, at("url"), (text) => parseAddress(text, server));
  const lifetime = readIf(expiresIn, reading, at("expiresIn"), (text) => {
    const parsed = parseLifetime(text, "expiresIn");
    return { parsed, seconds: parsed.from(reader.now) };
  });
  const reminder = readIf(remind, reading, at("remind"), (text) =>
    reminderFilter(parseReminder(text)),
  );
  const filters = readFilters(entry, at, reading);
  const allowUnknown = entry.allowUnknownFilter ?? false;
  const all = filters && (reminder ? [...filters, reminder] : filters);
  const whole =
    all && attempt(reading, at("filters"), () => parseEventFilters(all, { allowUnknown }));
  if (whole && (lifetime || expiresIn === undefined)) {
    attempt(reading, at(reminder ? "remind" : "filters"), () =>
      checkReminders(whole.eventFilters, lifetime?.seconds),
    );
  }
  const extensions = readExtensions(entry, at, reading);
  const limit = filtersPerSubscription;
  const { line, column } = at("extensions");
  const isReported = reading.problems.some(
    (problem) => problem.line === line && problem.column === column,
  );
  if (entry.filtersPerSubscription && entry.extensions === undefined && !isReported) {
    reading.problems.push({
      ...at("filtersPerSubscription"),
      message: "filtersPerSubscription needs extensions.",
      hint: "Leave it out, or say whose events you want, such as extensions: all.",
    });
  }
  // A limit below one was already reported.
  if (whole && extensions && limit >= 1) {
    attempt(reading, at("filters"), () => {
      const { everywhere } = toTemplates(whole.eventFilters);
      splitOverParts([], everywhere, [], { limit });
    });
  }
  const isLiteral = shaped.isLiteral("webhooks", name, "verificationToken");
  const verificationToken = await readToken(entry, at, { ...reading, isLiteral });
  if (!whole || address === undefined) return undefined;
  const doubt = doubtAbout(lifetime?.seconds);
  if (doubt !== undefined) remarks.push({ ...at("expiresIn"), kind: "warning", message: doubt });
  for (const message of whole.notes) remarks.push({ ...at("filters"), kind: "note", message });
  const { api, eventFilters } = whole;
  return {
    ...{ name, api, address, eventFilters, lifetime: lifetime?.parsed },
    ...{ verificationToken, extensions, filtersPerSubscription, place },
  };
}

/** The place of a value of this webhook. */
type At = (...path: readonly (string | number)[]) => Place;

/** What `read` makes of a text, if there is one; undefined after noting its UsageError as a problem. */
function readIf<Value>(
  text: string | undefined,
  reading: Reading,
  place: Place,
  read: (text: string) => Value,
): Value | undefined {
  return text === undefined ? undefined : attempt(reading, place, () => read(text));
}

/** What `read` returns, or undefined after noting its UsageError as a problem. */
function attempt<Value>(
  { problems }: Pick<Reading, "problems">,
  place: Place,
  read: () => Value,
): Value | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(problemOf(error, place));
    return undefined;
  }
}

function problemOf(error: unknown, place: Place): Problem {
  if (!(error instanceof UsageError)) throw error;
  return { ...place, message: inKeys(error.message), hint: error.hint && inKeys(error.hint) };
}

/** A message about flags, about the keys that have the same meaning. */
function inKeys(text: string): string {
  return text
    .replace("--filter sms", "filters: [sms]")
    .replace("--expires-in", "expiresIn")
    .replace("--allow-unknown-filter", "allowUnknownFilter: true");
}

/** The filters as they are written, each by itself; undefined if one has a problem. */
function readFilters(
  { filters, allowUnknownFilter: allowUnknown = false }: Partial<WebhookEntry>,
  at: At,
  reading: Reading,
): readonly string[] | undefined {
  if (filters === undefined) return undefined;
  const texts = typeof filters === "string" ? [filters] : filters;
  const read = texts.flatMap((text: string | undefined, index) => {
    const place = typeof filters === "string" ? at("filters") : at("filters", index);
    if (text === undefined) return [undefined];
    const parts = splitFilterList(text);
    return (parts.length > 0 ? parts : [text]).map((part) =>
      attempt(reading, place, () => {
        parseEventFilter(part, { allowUnknown });
        return part;
      }),
    );
  });
  const known = read.filter((each) => each !== undefined);
  return known.length === read.length && read.length > 0 ? known : undefined;
}

async function readToken(
  { verificationToken: wanted }: Partial<WebhookEntry>,
  at: At,
  { reader, problems, ...reading }: Reading & { readonly isLiteral: boolean },
): Promise<WantedToken | undefined> {
  if (wanted === undefined) return undefined;
  if (typeof wanted === "string") {
    const place = at("verificationToken");
    if (reading.isLiteral) reading.remarks.push({ ...place, kind: "warning", message: literal });
    return attempt({ problems }, place, () => givenToken(wanted));
  }
  const { env, file, generate } = wanted;
  if (generate) return { generate };
  if (env !== undefined) {
    const place = at("verificationToken", "env");
    const token = variableOf(env, reader.variables);
    if (token) return attempt({ problems }, place, () => givenToken(token));
    const { message } = unset(env);
    problems.push({ ...place, message, hint: "Set it to the verification token." });
  }
  if (file === undefined) return undefined;
  try {
    return givenToken(await reader.secretFile(file));
  } catch (error) {
    problems.push(problemOf(error, at("verificationToken", "file")));
    return undefined;
  }
}

const literal =
  "Whoever reads this file knows the verification token. Use verificationToken: { env: NAME } or { file: PATH } instead.";

/** The token is sent as an HTTP header. */
function givenToken(token: string): WantedToken {
  if (/^[!-~]+$/.test(token)) return { given: token };
  throw new UsageError(
    token === ""
      ? "The verification token is empty."
      : "The verification token cannot be sent as an HTTP header.",
    "Use visible ASCII characters without spaces.",
  );
}

const extensionForms =
  "Use all, an extension number, an extension id, queue:<name>, site:<name> or department:<name>.";

function readExtensions(
  { extensions }: Partial<WebhookEntry>,
  at: At,
  { problems }: Reading,
): readonly string[] | undefined {
  if (extensions === undefined) return undefined;
  const list: readonly (string | number | undefined)[] =
    typeof extensions === "object" ? extensions : [extensions];
  return list.map((each, index) => {
    const text = String(each ?? "").trim();
    if (each !== undefined && !isExtensionSelector(text)) {
      const place = typeof extensions === "object" ? at("extensions", index) : at("extensions");
      const message = `${JSON.stringify(text)} does not select extensions.`;
      const hint = /^[\d\s,]+$/.test(text) ? `Write a list: [${text}].` : extensionForms;
      problems.push({ ...place, message, hint });
    }
    return text;
  });
}
