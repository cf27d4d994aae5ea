import type { RingCentralClient } from "./api/client.ts";
import type { CachedToken, Identity } from "./config/credentials.ts";
import type { Config } from "./config/interface.ts";
import type { Settings } from "./config/settings.ts";
import type { ExitCode, OutputError } from "./errors.ts";
import type { IO, StreamIn, StreamOut } from "./io/io.ts";
import type { Prompter } from "./io/prompts.ts";
import type { Clock } from "./machine/clock.ts";
import type { Environment } from "./machine/environment.ts";
import type { Installation } from "./machine/installation.ts";

/** What the operating system gives a run. `runtime.ts` makes the real one, tests make their own. */
export interface Runtime {
  readonly stdin: StreamIn;
  readonly stdout: StreamOut;
  readonly stderr: StreamOut;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly pid: number;
  readonly installation: Installation;
  readonly clock: Clock;
  /** Aborts on Ctrl-C, SIGTERM and SIGHUP, with an `Interruption` as its reason. */
  readonly signal: AbortSignal;
  /**
   * Aborts when nothing can be written to stdout any more: with an `Interruption` of exit code 0 where its
   * reader has left, else with an `OutputError`.
   */
  readonly outputSignal?: AbortSignal;
  /** Questions on `io`; only to be asked where `io.interactive`. */
  createPrompter(io: IO): Promise<Prompter>;
}

/** Everything a command may touch. A command that reaches for a global is a bug. */
export interface CommandContext {
  readonly io: IO;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly installation: Installation;
  readonly clock: Clock;
  /** This process, for messages to others. */
  readonly pid: number;
  /** Long-running commands pass it on and clean up when it fires. That nobody reads the output ends no work. */
  readonly signal: AbortSignal;
  /** What has kept output from being written until now; a reader that has left is none. */
  outputError(): Promise<OutputError | undefined>;
  /** The global flags, with their defaults and the environment's say. */
  readonly settings: Settings;
  prompter(): Promise<Prompter>;
  /** Opened on first use, so that `rcwh --help` never touches a file. */
  config(): Promise<Config>;
  /** Who this run is. Throws exit 4 where there are no credentials. */
  identity(): Promise<Identity>;
  /**
   * The client of this run's identity, built on first use, so that `rcwh --help` never reads
   * credentials. `deadline` is how long the run may take where `--deadline` says nothing, milliseconds.
   */
  api(deadline?: number): Promise<RingCentralClient>;
  /**
   * A client of its own, also of another identity: `login` proves credentials with it before it keeps them.
   */
  connect(identity: Identity, options?: ConnectOptions): Promise<RingCentralClient>;
  /**
   * A client that deletes what must not outlive this run: neither an interruption nor `--deadline` stops it,
   * but everything it does has to be over within seconds.
   */
  cleanupClient(): Promise<RingCentralClient>;
  /**
   * Revokes a session that this run has made and does not want to keep, and forgets its token, also in
   * a run that was interrupted. Never throws.
   */
  revokeSession(identity: Identity, session: CachedToken): Promise<void>;
  /**
   * The same run as another user: `identity()`, `api()` and `config()` are theirs, everything else is
   * this context's. `io` takes the place of this one's. To be closed as soon as that user is done with.
   */
  as(identity: Identity, io?: IO): AccountContext;
  /** Milliseconds since the epoch at which the run ends. `deadline` as in `api`. */
  deadlineAt(deadline?: number): number;
  /** Runs rcwh once more, in this process and on the same streams, with this environment and the same `--debug`, `--no-color` and `--quiet`. */
  rerun(argv: readonly string[], env: Environment): Promise<ExitCode>;
}

export interface ConnectOptions {
  /** As in `CommandContext.api`. */
  readonly deadline?: number | undefined;
  /** Ends whatever the client waits for; the run's own signal unless given. */
  readonly until?: AbortSignal | undefined;
}

/** The context of one user among several. */
export interface AccountContext extends CommandContext {
  /** Revokes what must not outlive the work for this user. Never throws. */
  close(): Promise<void>;
}
