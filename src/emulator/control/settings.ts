import { isObject } from "../../machine/json.ts";
import { apiProblem, invalidParameter, type Problem } from "../problems.ts";
import { defaultSettings, type EmulatorSettings } from "../settings.ts";
import { readChanges, SettingError, settingRules } from "./setting-rules.ts";

/**
 * The settings that a request changes. null is the default again, for a setting and for a user; users who are
 * not named stay as they are. Throws the 400 Problem that names the setting whose value makes no sense.
 */
export function readSettings(
  body: Readonly<Record<string, unknown>>,
  current: EmulatorSettings,
): Partial<EmulatorSettings> {
  const forbidden = Object.keys(body).find(isProtected);
  if (forbidden !== undefined) throw notOverHttp(forbidden);
  const { users } = body;
  try {
    const merged = isObject(users) && { users: { ...current.users, ...users } };
    return readChanges({ ...body, ...merged });
  } catch (error) {
    throw error instanceof SettingError ? invalidParameter(error.setting) : error;
  }
}

/** What a setting can be, in words that finish the sentence "It is …". */
export function describeSetting(name: string): string | undefined {
  return isSetting(name) && !isProtected(name) ? settingRules[name].allowed : undefined;
}

// With these somebody else's machine could be reached, or believed.
function isProtected(name: string): boolean {
  return name === "allowRemoteDeliveries" || name === "certificateAuthorities";
}

function isSetting(name: string): name is keyof EmulatorSettings {
  return Object.hasOwn(defaultSettings, name);
}

function notOverHttp(parameterName: string): Problem {
  const message = `Parameter [${parameterName}] can only be set where the emulator is started`;
  return apiProblem(400, "CMN-101", message, { parameterName });
}
