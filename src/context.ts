import type { RingCentralClient } from "./api/client.ts";
import type { CachedToken, Identity, TokenCache } from "./config/credentials.ts";
import type { Config } from "./config/interface.ts";
import type { Settings } from "./config/settings.ts";
import type { ExitCode, OutputError } from "./errors.ts";
import type { IO, Streams } from "./io/io.ts";
import type { Prompter } from "./io/prompts.ts";
import type { Clock } from "./machine/clock.ts";
import type { Environment } from "./machine/environment.ts";
import type { Installation } from "./machine/installation.ts";
import type { Redactor } from "./machine/redact.ts";
import type { ServerFacts } from "./store/connections.ts";

/** What the operating system provides. `runtime.ts` creates the real one; tests create their own. */
export interface Runtime extends Streams {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  readonly installation: Installation;
  readonly clock: Clock;
  /** Milliseconds since this process started, which count towards `--deadline`. */
  readonly age?: () => number;
  /** Milliseconds after an interruption or the deadline for reports and for cleaning up, instead of half a second. */
  readonly lastMoments?: number;
  /** Aborts on Ctrl-C, SIGTERM and SIGHUP, with an `Interruption` as its reason. */
  readonly signal: AbortSignal;
  /**
   * Aborts when stdout can no longer be written to: with an `Interruption` of exit code 0 if its reader left, else
   * with an `OutputError`.
   */
  readonly outputSignal?: AbortSignal;
  /**
   * Called with a function that reports an uncaught error, once and without the run's secrets. Such an error interrupts
   * the run, which then reports it itself; this is for a run that cannot.
   */
  guard?(report: (error: unknown) => void): void;
  /** Prompts only while `io.interactive`. */
  createPrompter(io: IO): Promise<Prompter>;
  /** Starts rcwh once more, in the background and without output. Absent where nothing may outlive a run. */
  startAgain?(argv: readonly string[]): Promise<void>;
}

/** What a run may still do after it was interrupted, or at its explicit deadline: report, and clean up. */
export interface RunEnd {
  /** Aborts half a second after that: nothing of the run may go on. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline, or after an interruption until the end; infinite without either. */
  left(): number;
  /** Keeps so much of the time before an explicit deadline for what reports the run. */
  reserve(milliseconds: number): void;
  /**
   * Puts the end off until the result is called: a program that the user has started decides itself how long it takes to
   * end. A second signal ends the process at once.
   */
  postpone(): () => void;
}

/** Where a run keeps what machines share. */
export interface SharedStore {
  /** For messages: its URL without user, password and parameters. */
  readonly name: string;
  /** Whether what is secret there is encrypted. */
  readonly isSealed: boolean;
  /** What its server tells of itself. Throws CliError if it cannot be used. */
  describe(): Promise<ServerFacts>;
}

/** Everything a command may use. Commands use no globals. */
export interface CommandContext {
  readonly io: IO;
  /** Has every secret of the run: code that reads or receives one must add it. Shared by all accounts. */
  readonly redactor: Redactor;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly installation: Installation;
  readonly clock: Clock;
  /** For messages to other processes. */
  readonly pid: number;
  /** When the process began, by our clock: milliseconds since the epoch. */
  readonly startedAt: number;
  /** Long-running commands pass it on, and clean up when it aborts. */
  readonly signal: AbortSignal;
  readonly end: RunEnd;
  /** The error that kept output from being written, if any. A reader that left is not an error. */
  outputError(): Promise<OutputError | undefined>;
  /** The global flags, with the environment and defaults applied. */
  readonly settings: Settings;
  prompter(): Promise<Prompter>;
  /** Opened on first use: `rcwh --help` touches no file. */
  config(): Promise<Config>;
  /** The store of `--store`; undefined without one. Throws UsageError for a URL that is not valid. */
  sharedStore(): Promise<SharedStore | undefined>;
  /**
   * Names the profile of a project file, which is used where neither a flag nor the environment names an account. Before
   * the first call of `identity`.
   */
  preferProfile(name: string): void;
  /** The flags that name the `rcwh.yaml` of this run, for the commands that messages suggest. */
  nameManifest(flags: string): void;
  /** The user and app of this run. Throws exit 4 without credentials. */
  identity(): Promise<Identity>;
  /**
   * The client of this run's identity, created on first use. `deadline` is the run's time limit without
   * `--deadline`, milliseconds.
   */
  api(deadline?: number): Promise<RingCentralClient>;
  /** A new client, for any identity: `login` tests credentials with it before it saves them. */
  connect(identity: Identity, options?: ConnectOptions): Promise<RingCentralClient>;
  /** A client to delete what must not outlive this run. It has a few seconds, but no longer than `end`. */
  cleanupClient(): Promise<RingCentralClient>;
  /**
   * Revokes a session, even after an interruption. Does not touch the token cache. Never throws.
   */
  revokeSession(identity: Identity, session: CachedToken): Promise<void>;
  /**
   * This context with another user's `identity()`, `api()` and `config()`, and with `io` if given. Close it after
   * the work for that user.
   */
  as(identity: Identity, io?: IO): AccountContext;
  /** Milliseconds since the epoch at which the run ends. `deadline` as in `api`. */
  deadlineAt(deadline?: number): number;
  /** Runs rcwh again in this process, without input, and returns what it prints. Ends with `signal`, an `Interruption`. */
  capture(argv: readonly string[], options: CaptureOptions): Promise<Captured>;
  /**
   * Runs rcwh again in this process, with the same streams, `--debug`, `--no-color` and `--quiet`, and this environment.
   * `until` interrupts it, by default with this run.
   */
  rerun(argv: readonly string[], env: Environment, until?: AbortSignal): Promise<ExitCode>;
  /** As in `Runtime`. */
  readonly startAgain?: Runtime["startAgain"];
}

interface CaptureOptions {
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** What a run inside this one came to. */
export interface Captured {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ConnectOptions {
  /** As in `CommandContext.api`. */
  readonly deadline?: number | undefined;
  /** Ends what the client waits for; by default the run's signal. */
  readonly until?: AbortSignal | undefined;
  /** Where the session is kept; by default the cache that all runs share. */
  readonly tokens?: TokenCache | undefined;
  /** Whether the client's WebSocket tokens must lead to a gateway. The emulator inside rcwh then gets an address. */
  readonly needsGateway?: true;
}

/** The context of one user among several. */
export interface AccountContext extends CommandContext {
  /** Revokes this user's temporary sessions. Never throws. */
  close(): Promise<void>;
}
