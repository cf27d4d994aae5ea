import {
  isInstant,
  isListOf,
  isMapOf,
  isNumber,
  isOptional,
  isShape,
  isText,
  parseJson,
} from "../machine/json.ts";
import { refuseNewer } from "../machine/refuse-newer.ts";

/** How the last unattended run of one user ended. Instants are RFC 3339. */
export interface LastRun {
  readonly command: string;
  /** Of `ensure`: the path of its file. Absent where it came on standard input. */
  readonly file?: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Milliseconds by which the server's clock was ahead, as far as the server told. An emulator's can be moved. */
  readonly serverAhead?: number;
  readonly exitCode: number;
  /** How many subscriptions had each outcome. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The error. */
  readonly message?: string;
  /** The subscriptions that needed attention. */
  readonly attention?: readonly string[];
  /** When a renewal of all subscriptions last ended with exit code 0. */
  readonly lastSuccessAt?: string;
  /** The end of the first failed run since the last success. */
  readonly failingSince?: string;
  /** Only if the account fails permanently. */
  readonly backOff?: BackOff;
  /** A failure of `ensure` that a later run of another command cannot have settled. */
  readonly failedEnsure?: FailedEnsure;
}

export type FailedEnsure = Pick<LastRun, "file" | "startedAt" | "endedAt" | "exitCode"> &
  Pick<LastRun, "outcomes" | "message" | "failingSince">;

/** Until when runs over many accounts leave one alone that RingCentral refuses. Instants are RFC 3339. */
export interface BackOff {
  /** The first failure. */
  readonly since: string;
  /** How many runs have tried it since then, each after its pause. */
  readonly tries: number;
  readonly until: string;
  readonly code: string;
  readonly message: string;
  /** Tells other credentials from those that were refused. */
  readonly credentials: string;
}

/** How the last unattended run of one user ended: a small file for each user, because a fleet has thousands. */
export interface LastRunStore {
  /** Undefined if there was none, or its file cannot be read. Throws UsageError if it is not a regular file, or a newer rcwh wrote it. */
  read(): Promise<LastRun | undefined>;
  /** False if it cannot be saved. */
  save(run: LastRun): Promise<boolean>;
  remove(): Promise<void>;
}

/** Undefined for text of another shape. Throws UsageError for that of a newer rcwh, in `place`. */
export function parseLastRun(text: string | undefined, place: string): LastRun | undefined {
  const value = parseJson(text);
  refuseNewer(value, place);
  return isLastRun(value) ? value : undefined;
}

const common = {
  file: isOptional(isText),
  startedAt: isInstant,
  endedAt: isInstant,
  exitCode: isNumber,
  outcomes: isMapOf(isNumber),
  message: isOptional(isText),
};

const isLastRun = isShape<LastRun>({
  ...common,
  command: isText,
  serverAhead: isOptional(isNumber),
  failedEnsure: isOptional(
    isShape<FailedEnsure>({ ...common, failingSince: isOptional(isInstant) }),
  ),
  attention: isOptional(isListOf(isText)),
  lastSuccessAt: isOptional(isInstant),
  failingSince: isOptional(isInstant),
  backOff: isOptional(
    isShape<BackOff>({
      since: isInstant,
      tries: isNumber,
      until: isInstant,
      code: isText,
      message: isText,
      credentials: isText,
    }),
  ),
});
