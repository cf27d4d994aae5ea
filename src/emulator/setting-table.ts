import { endpointDeadline } from "../endpoint/limits.ts";
import { defaultLifetime, maximumLifetime, subscriptionLimit } from "../subscriptions/limits.ts";
import {
  check,
  isBoolean,
  isCount,
  isListOf,
  isOneOf,
  isShape,
  isTable,
  isWord,
  orNull,
  type Rule,
} from "./rules.ts";
import {
  type AppSettings,
  type DisabledFilterRule,
  type EmulatorSettings,
  emulatorApp,
  type PhoneNumberSettings,
  type RateLimitGroup,
  type SettingsChanges,
  type UserSettings,
} from "./settings.ts";

type RulesFor<Shape> = { readonly [Name in keyof Shape]-?: Rule };

const largestBody = 104_857_600;
// A hundred years of the emulator's time: its clock and its timers can count that far.
const longest = 3_153_600_000;
const seconds = isCount(0, longest);
const secondsOrMore = isCount(1, longest);
/** Of real time, up to a day. */
const milliseconds = isCount(1, 86_400_000);
const amount = isCount(0, 1_000_000);
const amountOrMore = isCount(1, 1_000_000);

const appRules: RulesFor<AppSettings> = {
  clientId: isWord,
  clientSecret: isWord,
  jwtFlow: isBoolean,
  disabled: isBoolean,
  sandbox: isBoolean,
  refreshTokens: isBoolean,
  scopes: isListOf(isWord),
};
const areApps = isListOf(
  isShape(appRules, {
    allowed: 'an object such as {"clientId":"a","clientSecret":"b"}',
    required: ["clientId", "clientSecret"],
  }),
  { allowed: 'a list of apps, such as [{"clientId":"a","clientSecret":"b"}]', least: 1 },
);

const disabledFilterRules: RulesFor<DisabledFilterRule> = { filter: isWord, permission: isWord };
const phoneNumberRules: RulesFor<PhoneNumberSettings> = {
  phoneNumber: isWord,
  usageType: isWord,
  features: isListOf(isWord),
};
const isUserNumber = isCount(1, 999_999_999);
const userRules: RulesFor<UserSettings> = {
  account: isUserNumber,
  extensions: isCount(1, 100_000),
  admin: isBoolean,
  name: isWord,
  extensionNumber: isWord,
  type: isWord,
  department: isWord,
  site: isUserNumber,
  members: isListOf(isUserNumber, { allowed: "a list of users' numbers, such as [2,3]" }),
  phoneNumbers: isListOf(
    isShape(phoneNumberRules, {
      allowed: 'an object such as {"phoneNumber":"+12055550101"}',
      required: ["phoneNumber"],
    }),
    { allowed: "a list of phone numbers" },
  ),
  status: isOneOf("Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned", "Deleted"),
  accountStatus: isOneOf("Confirmed", "Disabled"),
  locked: isOneOf("OAU-147", "OAU-148"),
  missingPermissions: isListOf(isWord),
  presenceHidden: isBoolean,
  pickupForbidden: isBoolean,
  disabledFilters: isListOf(
    isShape(disabledFilterRules, {
      allowed: 'an object such as {"filter":"*","permission":"ReadMessages"}',
      required: ["filter", "permission"],
    }),
    { allowed: "a list of filters with permissions" },
  ),
};
const areUsers = isTable(
  /^[1-9]\d{0,8}$/,
  orNull(isShape(userRules, { allowed: 'an object such as {"admin":false}' })),
  'an object with settings of users, such as {"2":{"admin":false}}',
);

const limitRules: Readonly<Record<RateLimitGroup, Rule>> = {
  light: amount,
  medium: amount,
  heavy: amount,
  auth: amount,
};
const limitsShape = isShape(limitRules, {
  allowed:
    'off or the requests per window, such as 50/40/10/5 or {"light":50,"medium":40,"heavy":10,"auth":5}',
});
const areLimits: Rule = {
  allowed: limitsShape.allowed,
  find(value, name) {
    const isShorthand =
      typeof value === "string" && /^(?:off|(?:\d{1,6}\/){3}\d{1,6})$/.test(value);
    return isShorthand ? undefined : limitsShape.find(value, name);
  },
};
const usualLimits = { light: 50, medium: 40, heavy: 10, auth: 5 };

/** What each setting can be, and what it is by default. */
const settingTable: {
  readonly [Name in keyof EmulatorSettings]: readonly [Rule, EmulatorSettings[Name]];
} = {
  apps: [areApps, [emulatorApp]],
  users: [areUsers, {}],
  sessionLimit: [amountOrMore, 5],
  accessTokenLifetime: [secondsOrMore, 3600],
  refreshTokenGrace: [seconds, 0],
  sessionLifetime: [seconds, 0],
  deletedUserCode: [isOneOf("OAU-232", "OAU-136"), "OAU-232"],
  subscriptionLimit: [amount, subscriptionLimit],
  defaultLifetime: [secondsOrMore, defaultLifetime],
  maximumLifetime: [secondsOrMore, maximumLifetime],
  overMaximum: [isOneOf("clamp", "reject"), "clamp"],
  lifetimeOnRenewal: [isOneOf("default", "unchanged"), "default"],
  expiredCode: [isOneOf("CMN-102", "SUB-507"), "CMN-102"],
  renewalOfBlacklisted: [isOneOf("keep", "revive"), "keep"],
  webinarEmptyUpdate: [isOneOf("reject", "renew"), "reject"],
  unknownFilter: [isOneOf("SUB-508", "CMN-101", "accept"), "SUB-508"],
  missingScopeCode: [isOneOf("CMN-401", "SUB-528"), "CMN-401"],
  webSocketScope: [isWord, "WebSocket"],
  webSocketUpdateCode: [isOneOf("CMN-101", "SUB-511"), "CMN-101"],
  messageThreads: [isBoolean, false],
  filterLimit: [amount, 0],
  accountTelephonyWithoutAdmin: [isOneOf("reject", "accept"), "reject"],
  listDisabledFilters: [isBoolean, false],
  disabledFilterOnUpdate: [isOneOf("accept", "reject"), "accept"],
  reminderJobInterval: [seconds, 5],
  handshakeContentType: [isOneOf("any", "json"), "any"],
  handshakeOnRenewal: [isBoolean, false],
  rateLimits: [areLimits, usualLimits],
  rateLimitWindow: [secondsOrMore, 60],
  rateLimitPenalty: [seconds, 60],
  rateLimitHeadersOn429: [isBoolean, true],
  maximumBodyBytes: [isCount(1, largestBody), largestBody],
  endpointDeadline: [milliseconds, endpointDeadline],
  deliveryRetries: [isCount(0, 100), 0],
  deliveryRetryInterval: [secondsOrMore, 60],
  deliveryQueueLimit: [amount, 10_000],
  blacklistAfterSeconds: [seconds, 600],
  blacklistAfterFailures: [amount, 2],
  blacklistRecovery: [isOneOf("permanent", "recheck"), "permanent"],
  blacklistRecheckInterval: [secondsOrMore, 900],
  allowRemoteDeliveries: [isBoolean, false],
  certificateAuthorities: [isListOf(isWord, { allowed: "a list of PEM certificates" }), []],
  webSocketLifetime: [secondsOrMore, 86_400],
  webSocketTokenLifetime: [secondsOrMore, 30],
  webSocketTokenReuse: [isOneOf("never", "recovery", "always"), "recovery"],
  webSocketRecoveryTimeout: [seconds, 180],
  webSocketRecoveryBufferSize: [amount, 100],
  webSocketIdleTimeout: [secondsOrMore, 1800],
  webSocketAbsoluteTimeout: [secondsOrMore, 86_400],
  webSocketConnectionLimit: [amount, 50],
  webSocketRequestLimit: [amount, 10],
  webSocketPingInterval: [milliseconds, 30_000],
  webSocketPongDeadline: [milliseconds, 10_000],
};

const rows = Object.entries(settingTable);

export const defaultSettings = Object.fromEntries(
  rows.map(([name, [, usual]]) => [name, usual]),
) as unknown as EmulatorSettings;

/** What each setting can be. */
export const settingRules: Readonly<Record<string, Rule>> = Object.fromEntries(
  rows.map(([name, [rule]]) => [name, orNull(rule)]),
);

/** Whether only the start of the emulator may set it: who it may call, and which certificates it trusts. */
export function isProtected(name: string): boolean {
  return name === "allowRemoteDeliveries" || name === "certificateAuthorities";
}

export const changesShape = isShape(settingRules, {
  allowed: 'an object such as { rateLimits: "off" }',
});

/**
 * Changes as settings: null becomes the default, an app gets all of its fields, and rate limits get all groups. A
 * setting that is undefined is left out. Throws a RuleError for one that is invalid.
 */
export function readChanges(changes: unknown): Partial<EmulatorSettings> {
  checkChanges(changes);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const { apps, users, rateLimits } = changes;
  return {
    ...Object.fromEntries(
      given.map(([name, value]) => [name, value ?? defaultSettings[name as keyof typeof changes]]),
    ),
    ...(apps && { apps: apps.map(completeApp) }),
    ...(users && { users: withoutNull(users) }),
    ...(rateLimits && { rateLimits: completeLimits(rateLimits) }),
  };
}

function checkChanges(changes: unknown): asserts changes is SettingsChanges {
  check(changesShape, changes, "settings");
}

function completeApp({ jwtFlow, refreshTokens, scopes, ...app }: AppSettings) {
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

function completeLimits(
  limits: NonNullable<SettingsChanges["rateLimits"]>,
): EmulatorSettings["rateLimits"] {
  if (limits === "off") return "off";
  if (typeof limits === "object") {
    const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
    return { ...usualLimits, ...Object.fromEntries(given) };
  }
  const [light = 0, medium = 0, heavy = 0, auth = 0] = limits.split("/").map(Number);
  return { light, medium, heavy, auth };
}
