import type { RingCentralClient } from "../api/client.ts";
import type { Transport } from "../api/transport.ts";
import type { Config } from "../config/config.ts";
import { localServer } from "../config/profile-name.ts";
import type { CachedToken, Identity } from "../config/types.ts";
import type { CommandContext, Runtime } from "../context.ts";
import type { ExitCode } from "../errors.ts";
import { isJson } from "../io/formats.ts";
import { createIO } from "../io/io.ts";
import type { LocalEmulator } from "../operations/local-emulator.ts";
import { createSettings, type GlobalFlags } from "./global-flags.ts";
import { version } from "./version.ts";

/** The context of one run, and its end. */
export interface RunContext extends CommandContext {
  /** Revokes what must not outlive the run, and lets go of sockets. Never throws. */
  close(): Promise<void>;
}

/** What the revocation of a session may take that a command has given up, in milliseconds. */
const farewellTimeout = 5000;

/** What a run may take where neither `--deadline` nor the command says otherwise. */
const defaultDeadline = 90_000;

/** Throws UsageError for a flag or a variable that makes no sense. */
export async function createContext(
  runtime: Runtime,
  flags: GlobalFlags,
  main: (argv: readonly string[], runtime: Runtime) => Promise<ExitCode>,
): Promise<RunContext> {
  const { env, platform, clock, signal } = runtime;
  const startedAt = clock.now();
  const settings = createSettings(flags, env, runtime.stdout.isTTY === true);
  const io = await createIO(runtime, {
    env,
    platform,
    format: settings.format,
    // Under --json stderr holds one object at most.
    quiet: settings.quiet || isJson(settings.format),
    verbose: settings.verbose,
    noColor: !flags.color,
    noInput: !flags.input,
  });

  /** Milliseconds that the user took for answers, which no deadline counts. */
  let thinking = 0;
  async function unhurried<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const askedAt = clock.now();
    try {
      return await ask();
    } finally {
      thinking += clock.now() - askedAt;
    }
  }

  const displayFlags = [
    ...(settings.debug ? ["--debug"] : []),
    ...(flags.color ? [] : ["--no-color"]),
    ...(settings.quiet ? ["--quiet"] : []),
  ];
  const clients: RingCentralClient[] = [];
  const localEmulators: LocalEmulator[] = [];
  const clientOptions = {
    clock,
    env,
    timeout: settings.timeout,
    version,
    progress: io.progress,
    ...(settings.debug && { trace: io.say }),
  };
  const config = once(async (): Promise<Config> => {
    const { openConfig } = await import("../config/config.ts");
    return openConfig({ env, platform, clock, signal, warn: io.warn });
  });
  const identity = once(async (): Promise<Identity> => {
    const { resolveIdentity } = await import("../config/identity.ts");
    return resolveIdentity({ settings, env, config });
  });

  const localEmulator = once(async (): Promise<LocalEmulator> => {
    const { openLocalEmulator } = await import("../operations/local-emulator.ts");
    const opened = await openLocalEmulator({ config, clock, signal });
    localEmulators.push(opened);
    return opened;
  });
  /** Undefined where requests go over HTTP. */
  async function transportTo(server: string): Promise<Transport | undefined> {
    if (server !== localServer) return undefined;
    const { createLocalTransport } = await import("../api/local-transport.ts");
    const { fetch } = await localEmulator();
    return createLocalTransport(server, fetch);
  }

  async function connect(who: Identity, deadline = defaultDeadline): Promise<RingCentralClient> {
    const { createClient } = await import("../api/client.ts");
    const client = await createClient({
      ...clientOptions,
      identity: who,
      transport: await transportTo(who.server),
      tokens: settings.tokenCache ? (await config()).tokens : undefined,
      signal,
      get deadlineAt() {
        return startedAt + thinking + (settings.deadline ?? deadline);
      },
    });
    clients.push(client);
    return client;
  }

  async function abandon(who: Identity, session: CachedToken): Promise<void> {
    // Without a cache `close` revokes what the run has made.
    if (!settings.tokenCache) return;
    const { createClient } = await import("../api/client.ts");
    const { tokens } = await config();
    // A token that was refused has been replaced since.
    const latest = (await tokens.read(who.tokenKey).catch(() => undefined)) ?? session;
    const client = await createClient({
      ...clientOptions,
      identity: who,
      transport: await transportTo(who.server),
      tokens: {
        read: async () => latest,
        update: async (_key, change) => ({ token: await change(latest), stored: true }),
      },
      // The run's own may have fired, and its deadline passed.
      signal: AbortSignal.timeout(farewellTimeout),
      deadlineAt: Number.POSITIVE_INFINITY,
    });
    clients.push(client);
    // A session that cannot be revoked ends by itself within the hour.
    await client.signOut().catch(() => {});
    const forget = async (current: CachedToken | undefined) =>
      current?.accessToken === latest.accessToken ? undefined : current;
    await tokens.update(who.tokenKey, forget).catch(() => {});
  }

  return {
    io,
    env,
    clock,
    signal,
    settings,
    prompter: once(async () => {
      const { confirm, input, secret, select } = await runtime.createPrompter(io);
      return {
        confirm: (...question) => unhurried(() => confirm(...question)),
        input: (...question) => unhurried(() => input(...question)),
        secret: (...question) => unhurried(() => secret(...question)),
        select: (...question) => unhurried(() => select(...question)),
      };
    }),
    config,
    identity,
    connect,
    abandon,
    api: once(async (deadline?: number) => connect(await identity(), deadline)),
    rerun: (argv, otherEnv) => main([...argv, ...displayFlags], { ...runtime, env: otherEnv }),
    async close() {
      io.endProgress();
      for (const client of clients) await client.close();
      for (const emulator of localEmulators) await emulator.close();
    },
  };
}

/** Remembers the first result, and hands every later caller the same. */
function once<Arguments extends unknown[], Result>(
  make: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  let made: Promise<Result> | undefined;
  return (...args) => {
    made ??= make(...args);
    return made;
  };
}
