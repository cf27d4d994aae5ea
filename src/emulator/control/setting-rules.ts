import { isObject } from "../../machine/json.ts";
import {
  type AppSettings,
  type DisabledFilterRule,
  defaultSettings,
  type EmulatorSettings,
  emulatorApp,
  type RateLimitGroup,
  type SettingsChanges,
  type UserSettings,
} from "../settings.ts";
import {
  findFlaw,
  isCount,
  isListOf,
  isOneOf,
  isShape,
  isTable,
  isText,
  isYesOrNo,
  type Rule,
} from "./value-rules.ts";

/** A setting that cannot be so. */
export class SettingError extends RangeError {
  /** The setting, as it was named. */
  readonly setting: string;

  constructor(setting: string, message: string) {
    super(message);
    this.setting = setting;
  }
}

/**
 * Changes as settings: null is the default, an app has all of its fields, and rate limits have all groups. One
 * that is `undefined` is none. Throws a `SettingError` that says what could be there instead.
 */
export function readChanges(changes: unknown): Partial<EmulatorSettings> {
  check(changes);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const { apps, users, rateLimits } = changes;
  return {
    ...Object.fromEntries(
      given.map(([name, value]) => [name, value ?? defaultSettings[name as keyof typeof changes]]),
    ),
    ...(apps && { apps: apps.map(wholeApp) }),
    ...(users && { users: withoutNull(users) }),
    ...(rateLimits && { rateLimits: wholeLimits(rateLimits) }),
  };
}

function check(changes: unknown): asserts changes is SettingsChanges {
  if (!isObject(changes)) {
    throw new SettingError("settings", 'settings are an object, such as { rateLimits: "off" }.');
  }
  for (const [name, value] of Object.entries(changes)) {
    const flaw = findFlaw(settingRules, name, value ?? undefined, `settings.${name}`);
    if (flaw !== undefined) throw new SettingError(name, flaw);
  }
}

function wholeApp({ jwtFlow, refreshTokens, scopes, ...app }: AppSettings) {
  return {
    ...app,
    jwtFlow: jwtFlow ?? emulatorApp.jwtFlow,
    refreshTokens: refreshTokens ?? emulatorApp.refreshTokens,
    scopes: scopes ?? emulatorApp.scopes,
  };
}

function withoutNull(users: Readonly<Record<number, UserSettings | null>>) {
  const entries = Object.entries(users);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, UserSettings] => entry[1] !== null),
  );
}

function wholeLimits(
  limits: NonNullable<SettingsChanges["rateLimits"]>,
): EmulatorSettings["rateLimits"] {
  if (limits === "off") return "off";
  if (typeof limits === "object") return { ...usualLimits, ...withoutUndefined(limits) };
  const [light = 0, medium = 0, heavy = 0, auth = 0] = limits.split("/").map(Number);
  return { light, medium, heavy, auth };
}

const usualLimits: Readonly<Record<RateLimitGroup, number>> = {
  light: 50,
  medium: 40,
  heavy: 10,
  auth: 5,
};

function withoutUndefined<Value extends object>(value: Value): Value {
  const given = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(given) as Value;
}

// A hundred years: the clock can bear them, and timers are counted in them.
const longest = 3_153_600_000;
/** Seconds of the emulator's time. */
const seconds = isCount(0, longest);
const secondsOrMore = isCount(1, longest);
/** Of real time: a day. */
const milliseconds = isCount(1, 86_400_000);
const amount = isCount(0, 1_000_000);
const amountOrMore = isCount(1, 1_000_000);

const isDisabledFilter = isShape(
  { filter: isText, permission: isText } satisfies Record<keyof DisabledFilterRule, Rule>,
  {
    allowed: 'such as {"filter":"*","permission":"ReadMessages"}',
    required: ["filter", "permission"],
  },
);

const appFields: { readonly [Name in keyof AppSettings]-?: Rule } = {
  clientId: isText,
  clientSecret: isText,
  jwtFlow: isYesOrNo,
  disabled: isYesOrNo,
  sandbox: isYesOrNo,
  refreshTokens: isYesOrNo,
  scopes: isListOf(isText),
};

const userFields: { readonly [Name in keyof UserSettings]-?: Rule } = {
  account: isCount(1, 999_999_999),
  admin: isYesOrNo,
  name: isText,
  extensionNumber: isText,
  type: isText,
  status: isOneOf("Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned", "Deleted"),
  accountStatus: isOneOf("Confirmed", "Disabled"),
  locked: isOneOf("OAU-147", "OAU-148"),
  missingPermissions: isListOf(isText),
  presenceHidden: isYesOrNo,
  pickupForbidden: isYesOrNo,
  disabledFilters: isListOf(isDisabledFilter, { allowed: "a list of filters with permissions" }),
};

const userShape = isShape(userFields, { allowed: 'an object, such as {"admin":false}' });
const isUser: Rule = {
  allowed: userShape.allowed,
  find: (value, name) => (value === null ? undefined : userShape.find(value, name)),
};

const limitFields: Readonly<Record<RateLimitGroup, Rule>> = {
  light: amount,
  medium: amount,
  heavy: amount,
  auth: amount,
};
const limitsShape = isShape(limitFields, {
  allowed:
    'off, or requests in a window, such as 50/40/10/5 or {"light":50,"medium":40,"heavy":10,"auth":5}',
});
const areLimits: Rule = {
  allowed: limitsShape.allowed,
  find(value, name) {
    const isWritten = typeof value === "string" && /^(?:off|(?:\d{1,6}\/){3}\d{1,6})$/.test(value);
    return isWritten ? undefined : limitsShape.find(value, name);
  },
};

/** What each setting can be. */
export const settingRules: { readonly [Name in keyof EmulatorSettings]: Rule } = {
  apps: isListOf(
    isShape(appFields, {
      allowed: 'an object, such as {"clientId":"a","clientSecret":"b"}',
      required: ["clientId", "clientSecret"],
    }),
    { allowed: 'a list of apps, such as [{"clientId":"a","clientSecret":"b"}]', least: 1 },
  ),
  users: isTable(
    /^[1-9]\d{0,8}$/,
    isUser,
    'an object with what is special about users, such as {"2":{"admin":false}}',
  ),
  sessionLimit: amountOrMore,
  accessTokenLifetime: secondsOrMore,
  refreshTokenGrace: seconds,
  sessionLifetime: seconds,
  deletedUserCode: isOneOf("OAU-232", "OAU-136"),
  subscriptionLimit: amount,
  defaultLifetime: secondsOrMore,
  maximumLifetime: secondsOrMore,
  overMaximum: isOneOf("clamp", "reject"),
  lifetimeOnRenewal: isOneOf("default", "unchanged"),
  expiredCode: isOneOf("CMN-102", "SUB-507"),
  renewalOfBlacklisted: isOneOf("keep", "revive"),
  webinarEmptyUpdate: isOneOf("reject", "renew"),
  unknownFilter: isOneOf("SUB-508", "CMN-101", "accept"),
  missingScopeCode: isOneOf("CMN-401", "SUB-528"),
  webSocketScope: isText,
  webSocketUpdateCode: isOneOf("CMN-101", "SUB-511"),
  filterLimit: amount,
  accountTelephonyWithoutAdmin: isOneOf("reject", "accept"),
  listDisabledFilters: isYesOrNo,
  disabledFilterOnUpdate: isOneOf("accept", "reject"),
  reminderJobInterval: seconds,
  handshakeOnRenewal: isYesOrNo,
  rateLimits: areLimits,
  rateLimitWindow: secondsOrMore,
  rateLimitPenalty: seconds,
  rateLimitHeadersOn429: isYesOrNo,
  maximumBodyBytes: isCount(1, 104_857_600),
  endpointDeadline: milliseconds,
  deliveryRetries: isCount(0, 100),
  deliveryRetryInterval: secondsOrMore,
  deliveryQueueLimit: amount,
  blacklistAfterSeconds: seconds,
  blacklistAfterFailures: amount,
  blacklistRecovery: isOneOf("permanent", "recheck"),
  blacklistRecheckInterval: secondsOrMore,
  allowRemoteDeliveries: isYesOrNo,
  certificateAuthorities: isListOf(isText, { allowed: "a list of PEM certificates" }),
  webSocketTokenLifetime: secondsOrMore,
  webSocketTokenReuse: isOneOf("never", "recovery", "always"),
  webSocketRecoveryTimeout: seconds,
  webSocketRecoveryBufferSize: amount,
  webSocketIdleTimeout: secondsOrMore,
  webSocketAbsoluteTimeout: secondsOrMore,
  webSocketConnectionLimit: amount,
  webSocketRequestLimit: amount,
  webSocketPingInterval: milliseconds,
  webSocketPongDeadline: milliseconds,
};
