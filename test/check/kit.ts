import { test as base } from "vitest";
import type { Check } from "../../src/check/check.ts";
import { checkEndpoint, type EndpointCheckOptions } from "../../src/check/rules.ts";
import { createEmulator } from "../../src/emulator/emulator.ts";
import type { EmulatorSettings } from "../../src/emulator/settings.ts";
import { createRedactor } from "../../src/machine/redact.ts";
import { basic, jwtGrant, platform, start } from "../emulator/kit.ts";

type Options = Partial<EndpointCheckOptions>;

interface Fixtures {
  readonly check: (url: string, options?: Options) => Promise<Report>;
  /** The code with which the emulator refuses a subscription; undefined if it creates one. */
  readonly create: (
    address: string,
    settings?: Partial<EmulatorSettings>,
  ) => Promise<string | undefined>;
}

interface Report {
  readonly rows: readonly Check[];
  readonly row: (rule: string) => Check | undefined;
  /** Rule and code of the rows that fail. */
  readonly red: readonly string[];
  /** Rules with a warning. */
  readonly warned: readonly string[];
}

export const test = base.extend<Fixtures>({
  check: async ({}, use) => {
    await use(async (url, options = {}) => {
      const { signal } = new AbortController();
      const rows = await checkEndpoint(url, {
        env: {},
        redactor: createRedactor(),
        signal,
        ...options,
      });
      return {
        rows,
        row: (rule) => rows.find((each) => each.rule === rule),
        red: rows.flatMap(({ rule, status, code }) => (status === "fail" ? `${rule} ${code}` : [])),
        warned: rows.flatMap(({ rule, status }) => (status === "warn" ? rule : [])),
      };
    });
  },
  create: async ({}, use) => {
    await use(async (address, settings = {}) => {
      const emulator = createEmulator({ clock: { now: () => start }, settings });
      const login = await emulator.fetch(
        new Request("http://127.0.0.1/restapi/oauth/token", {
          method: "POST",
          headers: { Authorization: basic },
          body: new URLSearchParams({ grant_type: jwtGrant, assertion: "user-1" }),
        }),
      );
      const { access_token } = (await login.json()) as { access_token: string };
      const answer = await emulator.fetch(
        new Request(`http://127.0.0.1${platform}`, {
          method: "POST",
          headers: { Authorization: `Bearer ${access_token}`, "Content-Type": "application/json" },
          body: JSON.stringify({
            eventFilters: ["/team-messaging/v1/posts"],
            deliveryMode: { transportType: "WebHook", address },
          }),
        }),
      );
      const body = (await answer.json()) as { errorCode?: string };
      return body.errorCode;
    });
  },
});
