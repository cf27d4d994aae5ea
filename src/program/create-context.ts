import type { RingCentralClient } from "../api/client.ts";
import type { Transport } from "../api/transport.ts";
import { createSettings, type GlobalFlags } from "../commands/flags/global-flags.ts";
import { version } from "../commands/flags/version.ts";
import type { Config } from "../config/interface.ts";
import { configDirectory } from "../config/location.ts";
import { localServer } from "../config/profile-name.ts";
import type { CachedToken, Identity, QuotaStore } from "../config/types.ts";
import type { AccountContext, CommandContext, ConnectOptions, Runtime } from "../context.ts";
import { type ExitCode, OutputError } from "../errors.ts";
import { isJson } from "../io/format.ts";
import { createIO, type IO } from "../io/io.ts";
import type { Environment } from "../machine/environment.ts";
import { once } from "../machine/promises.ts";
import type { LocalEmulator } from "../operations/local-emulator.ts";
import type { CommandEntry } from "./commands.ts";

/** The context of one run; `close` also lets go of sockets. */
export type RunContext = AccountContext;

/** What a request may take that cleans up behind a run, in milliseconds. */
const cleanupTimeout = 5000;

/** What a run may take where neither `--deadline` nor the command says otherwise. */
const defaultDeadline = 90_000;

/** Throws UsageError for a flag or a variable that makes no sense. */
export async function createContext(
  runtime: Runtime,
  flags: GlobalFlags,
  main: (argv: readonly string[], runtime: Runtime) => Promise<ExitCode>,
  command?: Pick<CommandEntry, "worksUnread">,
): Promise<RunContext> {
  const { env, platform, clock, outputSignal } = runtime;
  const signal = runSignal(runtime, command);
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
  let promptTime = 0;
  async function withoutDeadline<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    const askedAt = clock.now();
    try {
      return await ask();
    } finally {
      promptTime += clock.now() - askedAt;
    }
  }

  const displayFlags = [
    ...(settings.debug ? ["--debug"] : []),
    ...(flags.color ? [] : ["--no-color"]),
    ...(settings.quiet ? ["--quiet"] : []),
  ];
  const localEmulators: LocalEmulator[] = [];
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
    const opened = await openLocalEmulator({ config, clock, signal, io });
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
  const quotas = once(async (): Promise<QuotaStore> => {
    const { createMemoryQuotaStore, openQuotaStore } = await import("../config/quota-store.ts");
    const directory = settings.tokenCache ? configDirectory(env, platform) : undefined;
    return directory === undefined ? createMemoryQuotaStore() : openQuotaStore(directory, clock);
  });
  async function quotaOfOneOfMany(): Promise<QuotaStore> {
    const { createSparingQuotaStore } = await import("../api/sparing-quota-store.ts");
    return createSparingQuotaStore(await quotas());
  }
  const wires = createSharedTransports(env);
  const warnOnce = createWarnOnce(io);

  const deadlineAt = (deadline = defaultDeadline) =>
    startedAt + promptTime + (settings.deadline ?? deadline);
  const surroundings = { env, clock, signal, settings, deadlineAt, quotas };
  const own = connectAs({ identity, config, io, transportTo }, surroundings);

  const context: RunContext = {
    io,
    env,
    platform,
    get installation() {
      return runtime.installation;
    },
    clock,
    pid: runtime.pid,
    signal,
    async outputError() {
      // A write fails a moment after it was made.
      await new Promise((resolve) => setImmediate(resolve));
      const reason: unknown = outputSignal?.reason;
      return reason instanceof OutputError ? reason : undefined;
    },
    settings,
    prompter: once(async () => {
      const { confirm, input, secret, select } = await runtime.createPrompter(io);
      return {
        confirm: (...question) => withoutDeadline(() => confirm(...question)),
        input: (...question) => withoutDeadline(() => input(...question)),
        secret: (...question) => withoutDeadline(() => secret(...question)),
        select: (...question) => withoutDeadline(() => select(...question)),
      };
    }),
    ...own,
    deadlineAt,
    as: (who, accountIO = io) => {
      let closeConfig = async () => {};
      const account = connectAs(
        {
          identity: async () => who,
          config: once(async () => {
            const base = await config();
            if (!who.external) return base;
            const { openAccountConfig } = await import("../config/account-config.ts");
            const { warn } = io;
            const options = { env, platform, clock, signal, warn, warnOnce };
            const opened = openAccountConfig(base, who, options);
            closeConfig = opened.close;
            return opened.config;
          }),
          io: accountIO,
          transportTo: async (server) => (await transportTo(server)) ?? wires.to(server),
        },
        { ...surroundings, quotas: who.external ? once(quotaOfOneOfMany) : quotas },
      );
      return Object.assign(Object.create(context), account, {
        io: accountIO,
        async close() {
          await account.close();
          await closeConfig();
        },
      });
    },
    rerun: (argv, otherEnv) => main([...argv, ...displayFlags], { ...runtime, env: otherEnv }),
    async close() {
      io.endProgress();
      await own.close();
      wires.close();
      for (const emulator of localEmulators) await emulator.close();
    },
  };
  return context;
}

/** What only prints ends when nobody reads it any more. */
function runSignal(
  { signal, outputSignal }: Runtime,
  command: Pick<CommandEntry, "worksUnread"> | undefined,
): AbortSignal {
  if (!outputSignal || command?.worksUnread) return signal;
  return AbortSignal.any([signal, outputSignal]);
}

interface User {
  readonly identity: () => Promise<Identity>;
  readonly config: () => Promise<Config>;
  readonly io: IO;
  /** Undefined where the client makes one of its own. */
  readonly transportTo: (server: string) => Promise<Transport | undefined>;
}

interface Surroundings
  extends Pick<CommandContext, "env" | "clock" | "signal" | "settings" | "deadlineAt"> {
  readonly quotas: () => Promise<QuotaStore>;
}

/** What a context has of one user; `close` ends the clients that it made. */
function connectAs(
  { identity, config, io, transportTo }: User,
  { env, clock, signal, settings, deadlineAt, quotas }: Surroundings,
) {
  const clients: RingCentralClient[] = [];
  const clientOptions = {
    clock,
    env,
    timeout: settings.timeout,
    version,
    progress: io.progress,
    ...(settings.debug && { trace: io.say }),
  };

  async function connect(
    who: Identity,
    { deadline, until = signal }: ConnectOptions = {},
  ): Promise<RingCentralClient> {
    const { createClient } = await import("../api/client.ts");
    const client = await createClient({
      ...clientOptions,
      identity: who,
      transport: await transportTo(who.server),
      tokens: settings.tokenCache ? (await config()).tokens : undefined,
      quotas: await quotas(),
      signal: until,
      get deadlineAt() {
        return deadlineAt(deadline);
      },
    });
    clients.push(client);
    return client;
  }

  async function cleanupClient(): Promise<RingCentralClient> {
    const { createClient } = await import("../api/client.ts");
    const who = await identity();
    const client = await createClient({
      ...clientOptions,
      timeout: Math.min(settings.timeout, cleanupTimeout),
      identity: who,
      transport: await transportTo(who.server),
      tokens: settings.tokenCache ? (await config()).tokens : undefined,
      quotas: await quotas(),
      signal: AbortSignal.timeout(2 * cleanupTimeout),
      deadlineAt: Number.POSITIVE_INFINITY,
    });
    clients.push(client);
    return client;
  }

  async function revokeSession(who: Identity, session: CachedToken): Promise<void> {
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
      quotas: await quotas(),
      tokens: {
        read: async () => latest,
        update: async (_key, change) => ({ token: await change(latest), stored: true }),
      },
      // The run's own may have fired, and its deadline passed.
      signal: AbortSignal.timeout(cleanupTimeout),
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
    identity,
    config,
    connect,
    cleanupClient,
    revokeSession,
    api: once(async (deadline?: number) => connect(await identity(), { deadline })),
    async close() {
      for (const client of clients) await client.close();
    },
  };
}

/** One transport for each server, for the many users that it has: they share its connections. */
function createSharedTransports(env: Environment) {
  const transports = new Map<string, Transport>();
  return {
    async to(server: string): Promise<Transport> {
      const { createTransport } = await import("../api/transport.ts");
      const shared = transports.get(server) ?? createTransport({ server, env });
      transports.set(server, shared);
      return { exchange: shared.exchange, close: () => {} };
    },
    close(): void {
      for (const transport of transports.values()) transport.close();
    },
  };
}

function createWarnOnce({ warn }: IO): (line: string) => void {
  let hasWarned = false;
  return (line) => {
    if (!hasWarned) warn(line);
    hasWarned = true;
  };
}
