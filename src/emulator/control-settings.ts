import { apiProblem, invalidParameter, type Problem } from "./problems.ts";
import { isRecord } from "./requests.ts";
import {
  type AppSettings,
  defaultSettings,
  type EmulatorSettings,
  type UserSettings,
} from "./settings.ts";

type Rule = (value: unknown) => boolean;

/**
 * The settings that a request changes. null is the default again, for a setting and for a user; users who are
 * not named stay as they are. Throws the 400 Problem that names the setting whose value makes no sense.
 */
export function readSettings(
  body: Readonly<Record<string, unknown>>,
  current: EmulatorSettings,
): Partial<EmulatorSettings> {
  const changes = Object.entries(body).map(([name, value]) => {
    if (!isSetting(name)) throw invalidParameter(name);
    if (protectedSettings.includes(name)) throw notOverHttp(name);
    if (value === null) return [name, defaultSettings[name]];
    if (!ruleOf(name)(value)) throw invalidParameter(name);
    return [name, name === "users" ? mergeUsers(current.users, value) : value];
  });
  return Object.fromEntries(changes);
}

// With these somebody else's machine could be reached, or believed.
const protectedSettings: readonly (keyof EmulatorSettings)[] = [
  "allowRemoteDeliveries",
  "certificateAuthorities",
];

function isSetting(name: string): name is keyof EmulatorSettings {
  return Object.hasOwn(defaultSettings, name);
}

function notOverHttp(parameterName: string): Problem {
  const message = `Parameter [${parameterName}] can only be set where the emulator is started`;
  return apiProblem(400, "CMN-101", message, { parameterName });
}

function mergeUsers(current: EmulatorSettings["users"], changes: unknown) {
  const merged = Object.entries({ ...current, ...(isRecord(changes) && changes) });
  return Object.fromEntries(merged.filter(([, user]) => user !== null));
}

/** Numbers and booleans speak for themselves; the rest is listed. */
function ruleOf(name: keyof EmulatorSettings): Rule {
  const listed: { readonly [Name in keyof EmulatorSettings]?: Rule } = rules;
  const rule = listed[name];
  if (rule) return rule;
  return typeof defaultSettings[name] === "boolean" ? isBoolean : isCount;
}

const isBoolean: Rule = (value) => typeof value === "boolean";
const isText: Rule = (value) => typeof value === "string" && value !== "";
const isCount: Rule = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isOneOf = (...values: readonly string[]): Rule => {
  return (value) => typeof value === "string" && values.includes(value);
};
const isListOf = (rule: Rule): Rule => {
  return (value) => Array.isArray(value) && value.every(rule);
};

/** Whether a value has all the fields it must have, and none but those that have a rule. */
function isShape(
  fields: Readonly<Record<string, Rule>>,
  required: readonly string[],
  value: unknown,
): boolean {
  if (!isRecord(value) || !required.every((name) => Object.hasOwn(value, name))) return false;
  return Object.entries(value).every(
    ([name, field]) => Object.hasOwn(fields, name) && (fields[name]?.(field) ?? false),
  );
}

const isDisabledFilter: Rule = (value) =>
  isShape({ filter: isText, permission: isText }, ["filter", "permission"], value);

const appFields: { readonly [Name in keyof AppSettings]-?: Rule } = {
  clientId: isText,
  clientSecret: isText,
  jwtFlow: isBoolean,
  disabled: isBoolean,
  sandbox: isBoolean,
  refreshTokens: isBoolean,
  scopes: isListOf(isText),
};
const requiredOfApp = ["clientId", "clientSecret", "jwtFlow", "refreshTokens", "scopes"];

const userFields: { readonly [Name in keyof UserSettings]-?: Rule } = {
  account: (value) => isCount(value) && value !== 0,
  admin: isBoolean,
  name: isText,
  extensionNumber: isText,
  type: isText,
  status: isOneOf("Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned", "Deleted"),
  accountStatus: isOneOf("Confirmed", "Disabled"),
  locked: isOneOf("OAU-147", "OAU-148"),
  missingPermissions: isListOf(isText),
  presenceHidden: isBoolean,
  pickupForbidden: isBoolean,
  disabledFilters: isListOf(isDisabledFilter),
};

const groups = ["light", "medium", "heavy", "auth"];

/** The settings that are neither a number nor yes or no. */
type ListedSetting = {
  [Name in keyof EmulatorSettings]: EmulatorSettings[Name] extends number | boolean ? never : Name;
}[keyof EmulatorSettings];

const rules: { readonly [Name in Exclude<ListedSetting, "certificateAuthorities">]: Rule } = {
  apps: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((app) => isShape(appFields, requiredOfApp, app)),
  users: (value) =>
    isRecord(value) &&
    Object.entries(value).every(
      ([number, user]) =>
        /^[1-9]\d{0,8}$/.test(number) && (user === null || isShape(userFields, [], user)),
    ),
  rateLimits: (value) =>
    value === "off" ||
    isShape(Object.fromEntries(groups.map((name) => [name, isCount])), groups, value),
  webSocketScope: isText,
  deletedUserCode: isOneOf("OAU-232", "OAU-136"),
  overMaximum: isOneOf("clamp", "reject"),
  lifetimeOnRenewal: isOneOf("default", "unchanged"),
  expiredCode: isOneOf("CMN-102", "SUB-507"),
  renewalOfBlacklisted: isOneOf("keep", "revive"),
  webinarEmptyUpdate: isOneOf("reject", "renew"),
  unknownFilter: isOneOf("SUB-508", "CMN-101", "accept"),
  missingScopeCode: isOneOf("CMN-401", "SUB-528"),
  webSocketTokenReuse: isOneOf("never", "recovery", "always"),
  webSocketUpdateCode: isOneOf("CMN-101", "SUB-511"),
  accountTelephonyWithoutAdmin: isOneOf("reject", "accept"),
  disabledFilterOnUpdate: isOneOf("accept", "reject"),
  blacklistRecovery: isOneOf("permanent", "recheck"),
};
