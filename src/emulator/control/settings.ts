import { isObject } from "../../machine/json.ts";
import { apiProblem, invalidParameter } from "../problems.ts";
import { RuleError } from "../rules.ts";
import { isProtected, readChanges, settingRules } from "../setting-table.ts";
import type { EmulatorSettings } from "../settings.ts";

/**
 * The settings that a request changes. null restores the default, for a setting and for a user; users who are
 * not named stay as they are. Throws the 400 Problem that names the setting that is invalid.
 */
export function readSettings(
  body: Readonly<Record<string, unknown>>,
  current: EmulatorSettings,
): Partial<EmulatorSettings> {
  const parameterName = Object.keys(body).find(isProtected);
  if (parameterName !== undefined) {
    const message = `Parameter [${parameterName}] can only be set where the emulator is started`;
    throw apiProblem(400, "CMN-101", message, { parameterName });
  }
  const { users } = body;
  try {
    const merged = isObject(users) && { users: { ...current.users, ...users } };
    return readChanges({ ...body, ...merged });
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    // Of `settings.users.2.name` the setting alone.
    const [, setting = "settings"] = error.flaw.name.split(/[.[]/);
    throw invalidParameter(setting);
  }
}

/** What a setting can be, in words that finish the sentence "It must be …". */
export function describeSetting(name: string): string | undefined {
  const known = !isProtected(name) && Object.hasOwn(settingRules, name);
  return known ? settingRules[name]?.allowed : undefined;
}
