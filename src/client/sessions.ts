import manifest from "../../package.json" with { type: "json" };
import { createClient as createApiClient } from "../api/client.ts";
import { createFetchTransport, type Fetch } from "../api/fetch-transport.ts";
import type { Transport } from "../api/http.ts";
import { openPlainRequests } from "../api/plain-requests.ts";
import { createAccountState } from "../config/account-state.ts";
import { noContents } from "../config/contents.ts";
import type { Identity } from "../config/credentials.ts";
import { hash, tokenKeyOf, userKeyOf } from "../config/identity-hashes.ts";
import { KeptContents } from "../config/kept-contents.ts";
import { defaultServer, parseServer } from "../config/server.ts";
import { StoredContents } from "../config/stored-contents.ts";
import { createStoredQuotas } from "../config/stored-texts.ts";
import { CliError, ExitCode, Interruption } from "../errors.ts";
import type { Account } from "../lifecycle/account.ts";
import type { Clock } from "../machine/clock.ts";
import { LockedError } from "../machine/locks/locked-error.ts";
import { realClock } from "../machine/real-clock.ts";
import { createRedactor, type Redactor } from "../machine/redact.ts";
import { oneLine } from "../one-line.ts";
import { memoryStore } from "../store/memory-store.ts";
import { withRetries } from "../store/with-retries.ts";
import { instant } from "../subscriptions/time.ts";
import { proveByFetch } from "./check-endpoint.ts";
import { refusal } from "./checked-options.ts";
import type { CallOptions, ClientNotice, ClientOptions } from "./options.ts";

/** Long enough for a login, an inventory and a few renewals; shorter than what functions are given. */
const defaultDeadline = 25_000;
const defaultTimeout = 10_000;

/** What the calls of a client have in common. */
export interface Sessions {
  readonly server: string;
  readonly redactor: Redactor;
  /** Takes the secrets out of a text, and makes it one line. */
  readonly clean: (text: string) => string;
  readonly clock: Clock;
  readonly fetch: Fetch;
  /** Runs one call: opens the account for it, and closes it afterwards. */
  call<Result>(options: CallOptions, work: (session: Session) => Promise<Result>): Promise<Result>;
  /** Runs what needs no session, with the signal of the call. */
  watch<Result>(
    options: CallOptions,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result>;
  notify(notice: ClientNotice): void;
  /** Ends the session at the server, where it would be of no use to anybody. */
  close(): Promise<void>;
}

/** One call. */
export interface Session {
  readonly account: Account;
  readonly identity: Identity;
  readonly signal: AbortSignal;
  /** Runs `work` while no other run works for the same user and app, as commands do. Waits until the deadline. */
  oneRunAtATime<Result>(work: () => Promise<Result>): Promise<Result>;
}

export function createSessions(options: ClientOptions): Sessions {
  const { onNotice, credentials, accessToken } = options;
  const clock = clockOf(options.clock);
  const server = serverOf(options.server);
  // Runtimes and tests may replace it later.
  const fetch: Fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const redactor = createRedactor();
  const clean = (text: string) => oneLine(redactor.message(text));
  const isShared = options.store !== undefined;
  const kept = options.store ?? memoryStore(clock);
  const fetchTransport = createFetchTransport({ server, fetch });
  const warned = new Set<string>();

  function notify(notice: ClientNotice): void {
    onNotice?.({ kind: notice.kind, text: clean(inOurWords(notice.text)) });
  }
  function warnOnce(text: string): void {
    if (warned.has(text)) return;
    warned.add(text);
    notify({ kind: "warning", text });
  }

  async function identify(): Promise<Identity> {
    if (credentials) {
      const { clientId, clientSecret = "", jwt } = credentials;
      const user = { server, clientId, jwt };
      return {
        ...{ profile: "client", server, source: "credentials" },
        credentials: { kind: "jwt", clientId, clientSecret, jwt },
        ...{ tokenKey: tokenKeyOf(user), recordsKey: userKeyOf(user) },
      };
    }
    const token = typeof accessToken === "function" ? await borrow(accessToken) : accessToken;
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      throw refusal("accessToken gave no token");
    }
    // As of an account of `--profiles-from` with a token.
    const { account } = options;
    const key =
      account === undefined ? hash(server, hash(token)) : hash("profile", server, account);
    return {
      ...{ profile: "client", server, source: "accessToken" },
      credentials: { kind: "token", accessToken: token },
      ...{ tokenKey: key, recordsKey: key },
    };
  }

  async function call<Result>(
    { signal: callSignal, deadline = options.deadline ?? defaultDeadline }: CallOptions,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const deadlineAt = clock.now() + deadline;
    const end = linked(options.signal, callSignal);
    const { signal } = end;
    try {
      signal.throwIfAborted();
      const identity = await identify();
      const { recordsKey } = identity;
      const owner = `${options.owner ?? "rcwh/client"} since ${instant(clock.now())}`;
      const warn = (text: string) => notify({ kind: "warning", text });
      const store = options.store
        ? withRetries(kept, { clock, signal, deadline: deadline / 2, timeout: deadline / 4 })
        : kept;
      const contents = new StoredContents({
        ...{ store, key: recordsKey, clock, signal, owner, warn, warnOnce },
      });
      const state = createAccountState(new KeptContents(contents, noContents));
      const transport: Transport = {
        exchange(request, limits) {
          // Who was suspended for so long that another works on must not go on.
          contents.check();
          return fetchTransport.exchange(request, limits);
        },
        close() {},
      };
      const client = await createApiClient({
        identity,
        tokens: state.tokens,
        quotas: createStoredQuotas(store),
        redactor,
        clock,
        signal,
        timeout: options.timeout ?? defaultTimeout,
        deadlineAt,
        version: manifest.version,
        progress: (text) => notify({ kind: "progress", text }),
        transport,
        openSdk: openPlainRequests,
      });
      const account: Account = {
        profile: identity.profile,
        client,
        records: state.records(recordsKey),
        journal: state.replacements(recordsKey),
        apis: apisOf(options.api),
        clock,
        signal,
        notify,
        exclusively: (wait, during) => state.exclusively(`replace ${recordsKey}`, wait, during),
        endpoints: {
          prove: (address, verificationToken) =>
            proveByFetch(address, { fetch, signal, redactor, verificationToken }),
          // RingCentral's own words say what it found.
          explainRefusal: async () => {},
        },
      };
      try {
        return await work({
          account,
          identity,
          signal,
          async oneRunAtATime(during) {
            let hasLock = false;
            const begin = () => {
              hasLock = true;
              return during();
            };
            try {
              return await state.exclusively(`work ${recordsKey}`, deadlineAt - clock.now(), begin);
            } catch (error) {
              // The work may fail to get a lock of its own.
              throw hasLock ? error : explainLock(error);
            }
          },
        });
      } finally {
        await client.close();
      }
    } finally {
      end.release();
    }
  }

  return {
    server,
    redactor,
    clean,
    clock,
    fetch,
    call,
    notify,
    async watch({ signal: callSignal }, work) {
      const end = linked(options.signal, callSignal);
      try {
        end.signal.throwIfAborted();
        return await work(end.signal);
      } finally {
        end.release();
      }
    },
    async close() {
      if (isShared || !credentials) return;
      await call({}, ({ account }) => account.client.signOut());
    },
  };
}

/** The caller's function may fail for reasons of its own. */
async function borrow(accessToken: () => string | Promise<string>): Promise<string> {
  try {
    return await accessToken();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(`Could not get an access token: ${why}`, {
      exitCode: ExitCode.unavailable,
      code: "ACCESS_TOKEN",
      cause,
    });
  }
}

function clockOf(given: ClientOptions["clock"]): Clock {
  if (!given) return realClock;
  const sleep = given.sleep?.bind(given) ?? realClock.sleep;
  return { now: () => given.now(), sleep };
}

/** Says who holds the lock, instead of how it is called. */
function explainLock(error: unknown): unknown {
  if (!(error instanceof LockedError)) return error;
  const { exitCode, code, owner } = error;
  const holder = owner === undefined ? "" : ` (${owner})`;
  return new CliError(`Another run is working for the same user and app${holder}.`, {
    exitCode,
    code,
    cause: error,
  });
}

function serverOf(text = defaultServer): string {
  try {
    return parseServer(text, "server");
  } catch (error) {
    throw error instanceof CliError ? refusal(error.message.replace(/\.$/, "")) : error;
  }
}

function apisOf(api: ClientOptions["api"]): Account["apis"] {
  if (api === undefined) return undefined;
  return api === "all" ? ["platform", "webinar"] : [api];
}

/** A signal that aborts with what the lifecycle takes for the end of a run. */
function linked(...signals: readonly (AbortSignal | undefined)[]) {
  const controller = new AbortController();
  const given = signals.flatMap((signal) => signal ?? []);
  const abort = () => {
    const cause = given.find(({ aborted }) => aborted)?.reason;
    controller.abort(new Interruption(ExitCode.interrupted, { cause }));
  };
  for (const signal of given) signal.addEventListener("abort", abort, { once: true });
  if (given.some(({ aborted }) => aborted)) abort();
  return {
    signal: controller.signal,
    release() {
      for (const signal of given) signal.removeEventListener("abort", abort);
    },
  };
}

/** What the lifecycle says to people who type commands. */
function inOurWords(text: string): string {
  return text
    .replace(/; set one with (?:`[^`]*`|--\S+)\.$/, "; give it one as verificationToken.")
    .replace(/^--break-before-make is ignored:/, "breakBeforeMake is ignored:");
}
