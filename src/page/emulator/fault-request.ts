import { millisecondsOf } from "../../emulator/time.ts";
import { count } from "../wording.ts";

/** What the form has, as it was typed. */
export interface FaultFields {
  readonly kind: keyof typeof faultKinds;
  readonly value: string;
  readonly method: string;
  readonly path: string;
  readonly times: string;
}

/** Each with the label of its value, and what it is at first. */
export const faultKinds = {
  status: ["Answer with a status", "Status", "503"],
  code: ["Answer with a RingCentral code", "Code", "CMN-301"],
  delay: ["Answer late", "Delay", "3s"],
  drop: ["Close the connection", "When", "before"],
  html: ["Answer with a gateway's HTML page", "Status", "502"],
} as const;

export interface ActiveFault {
  readonly id: string;
  readonly fired: number;
  readonly match?: { readonly method?: string; readonly path?: string };
  readonly times?: number | "always";
  readonly status?: number;
  readonly code?: string;
  readonly html?: true;
  readonly delay?: string;
  readonly drop?: string;
  readonly body?: unknown;
  readonly truncate?: number;
  readonly rate?: number;
}

export const invalidDuration = "Use a duration such as 90s, 1h30m or 3d.";

export type FaultFlaws = Partial<Record<"value" | "times", string>>;

/** What is wrong with the fields, in words for people; the control API checks the rest. */
export function findFlaws({ kind, value, times }: FaultFields): FaultFlaws {
  const flaw = findValueFlaw(kind, value.trim());
  const count = times.trim();
  const isCount = count === "always" || (/^\d{1,9}$/.test(count) && Number(count) > 0);
  return {
    ...(flaw !== undefined && { value: flaw }),
    ...(!isCount && { times: "Use a number from 1, or always." }),
  };
}

function findValueFlaw(kind: FaultFields["kind"], value: string): string | undefined {
  switch (kind) {
    case "status":
    case "html":
      return /^[2-5]\d\d$/.test(value) ? undefined : "Use a status from 200 to 599, such as 503.";
    case "delay":
      return millisecondsOf(value) <= millisecondsOf("1d")
        ? undefined
        : "Use a duration of a day at most, such as 20ms, 3s or 2m.";
    case "code":
      return /^[A-Za-z]+-\d+$/.test(value) ? undefined : "Use a code such as CMN-301 or SUB-521.";
    case "drop":
      return undefined;
  }
}

/** As the control API takes it. */
export function toFault({ kind, value, method, path, times }: FaultFields): object {
  const match = {
    ...(method !== "" && { method }),
    ...(path.trim() !== "" && { path: path.trim() }),
  };
  const given = kind === "status" || kind === "html" ? Number(value) : value.trim();
  const effect = kind === "html" ? { html: true, status: given } : { [kind]: given };
  return {
    ...(Object.keys(match).length > 0 && { match }),
    ...effect,
    times: times.trim() === "always" ? "always" : Number(times),
  };
}

export function describeEffect({
  status,
  code,
  html,
  delay,
  drop,
  body,
  truncate,
}: ActiveFault): string {
  const effects = [
    code !== undefined && code,
    html && "HTML page",
    status !== undefined && `status ${status}`,
    body !== undefined && "another body",
    delay !== undefined && `after ${delay}`,
    drop !== undefined && `closed ${drop} processing`,
    truncate !== undefined && `cut after ${truncate} bytes`,
  ].filter((text) => typeof text === "string");
  return effects.length === 0 ? "other headers" : effects.join(", ");
}

/** How often it happens, and has happened. */
export function describeTimes({ times, rate, fired }: ActiveFault): string {
  const wanted = times ?? (rate === undefined ? 1 : "always");
  const which = wanted === "always" ? "every request" : count(wanted, "request");
  const chance = rate === undefined ? "" : ` with a chance of ${rate}`;
  return `For ${which}${chance}; ${fired} so far`;
}
