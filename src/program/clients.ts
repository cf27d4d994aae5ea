import type { RingCentralClient } from "../api/client.ts";
import { version } from "../commands/flags/version.ts";
import type { Identity, TokenCache } from "../config/credentials.ts";
import type { QuotaStore } from "../config/quota-store.ts";
import type { CommandContext } from "../context.ts";
import { once } from "../machine/promises.ts";
import { showSlowAnswers } from "./slow-answers.ts";
import type { Transports } from "./transports.ts";

/** The timeout of requests that clean up at the end of a run, milliseconds. */
const cleanupTimeout = 5000;

type Clients = Pick<CommandContext, "api" | "connect" | "cleanupClient" | "revokeSession"> & {
  /** Revokes tokens that could not be cached. Never throws. */
  close(): Promise<void>;
};

interface ClientsOptions
  extends Pick<
    CommandContext,
    "clock" | "config" | "deadlineAt" | "identity" | "io" | "redactor" | "settings" | "signal"
  > {
  readonly transports: Transports;
  /** Whether a prompt is open. */
  readonly isAsking: () => boolean;
  readonly quotas: () => Promise<QuotaStore>;
}

interface Limits {
  readonly signal: AbortSignal;
  /** A function, because the deadline moves while a person answers a prompt. */
  readonly deadlineAt: () => number;
  /** Milliseconds, one request. */
  readonly timeout?: number;
  /** The account's cache unless given. */
  readonly tokens?: TokenCache;
  /** As in `ConnectOptions`. */
  readonly needsGateway?: true | undefined;
}

/** Creates the clients of one account. */
export function createClients({
  clock,
  config,
  deadlineAt,
  identity,
  io,
  isAsking,
  quotas,
  redactor,
  settings,
  signal: runSignal,
  transports,
}: ClientsOptions): Clients {
  const clients: RingCentralClient[] = [];

  async function openClient(
    who: Identity,
    { signal, deadlineAt, timeout = settings.timeout, tokens, needsGateway }: Limits,
  ): Promise<RingCentralClient> {
    const { createCommandClient } = await import("../api/command-client.ts");
    // Elsewhere no process takes a lock from one that is still running.
    const stored = settings.store === undefined ? undefined : await config();
    const transport = await transports.to(who.server, needsGateway);
    const client = await createCommandClient({
      identity: who,
      transport: showSlowAnswers(transport, who.server, { io, clock, isAsking }),
      tokens: tokens ?? (settings.tokenCache ? (await config()).tokensOf(who) : undefined),
      quotas: await quotas(),
      redactor,
      clock,
      version,
      signal,
      timeout,
      deadlineAt,
      progress: io.progress,
      ...(stored && { mayAct: () => stored.checkLocks?.(who.recordsKey) }),
      ...(settings.debug && { trace: io.say }),
    });
    clients.push(client);
    return client;
  }

  /** Works after an interruption or the run's deadline, too. */
  function cleanupLimits(milliseconds: number): Limits {
    return {
      signal: AbortSignal.timeout(milliseconds),
      deadlineAt: () => Number.POSITIVE_INFINITY,
      timeout: Math.min(settings.timeout, cleanupTimeout),
    };
  }

  const connect: CommandContext["connect"] = (who, options = {}) => {
    const { deadline, until: signal = runSignal, tokens, needsGateway } = options;
    return openClient(who, {
      signal,
      needsGateway,
      deadlineAt: () => deadlineAt(deadline),
      ...(tokens && { tokens }),
    });
  };

  return {
    connect,
    api: once(async (deadline?: number) => connect(await identity(), { deadline })),
    cleanupClient: async () => openClient(await identity(), cleanupLimits(2 * cleanupTimeout)),
    async revokeSession(who, session) {
      const client = await openClient(who, {
        ...cleanupLimits(cleanupTimeout),
        tokens: {
          read: async () => session,
          update: async (_key, change) => ({ token: await change(session), stored: true }),
        },
      });
      // A session that cannot be revoked ends by itself within the hour.
      await client.signOut().catch(() => {});
    },
    async close() {
      for (const client of clients) await client.close();
    },
  };
}
