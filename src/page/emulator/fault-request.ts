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
  drop: ["Close the connection", "When: before or after it is processed", "before"],
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

/** As the control API takes it, which checks it. */
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
