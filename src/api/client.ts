import {
  type CachedToken,
  type Identity,
  secretsOf,
  type TokenCache,
} from "../config/credentials.ts";
import type { QuotaStore } from "../config/quota-store.ts";
import { CliError } from "../errors.ts";
import type { Api } from "../filters/api.ts";
import type { Clock } from "../machine/clock.ts";
import { once } from "../machine/promises.ts";
import { isSecretName, type Redactor } from "../machine/redact.ts";
import type {
  CreateSubscriptionRequest,
  ExtensionInfo,
  Feature,
  Subscription,
  SubscriptionList,
  UpdateSubscriptionRequest,
  WebSocketToken,
} from "../subscriptions/subscription.ts";
import { type AccountList, type ListPage, pageOperation, readPage } from "./account-lists.ts";
import { ApiError, UnexpectedAnswerError } from "./errors.ts";
import type { Transport } from "./http.ts";
import { createOAuthSession, type OAuthSession } from "./oauth-session.ts";
import {
  type ObservedAnswer,
  type ObservedTransport,
  observeTransport,
} from "./observed-transport.ts";
import {
  createOperation,
  deleteOperation,
  extensionOperation,
  featureOperation,
  listOperation,
  type Operation,
  readOperation,
  renewOperation,
  updateOperation,
  webSocketTokenOperation,
} from "./operations.ts";
import { createQuota } from "./quota.ts";
import {
  readExtension,
  readFeature,
  readSubscription,
  readSubscriptions,
  readWebSocketToken,
} from "./read-answers.ts";
import { createRequestSender, type Refusal, type RequestSender } from "./request-sender.ts";
import type { Sdk, SdkOptions } from "./sdk.ts";

export interface ClientOptions {
  readonly identity: Identity;
  /** Undefined with `--no-token-cache`: the client then signs in for this run only, and `close` revokes the session. */
  readonly tokens: TokenCache | undefined;
  /** Counts requests together with other clients of the same user and app. */
  readonly quotas: QuotaStore;
  /** The run's: it learns every secret that the client sends or receives. */
  readonly redactor: Redactor;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds, one request. */
  readonly timeout: number;
  /** Milliseconds since the epoch, the whole run. A wait that would pass it ends the run at once with exit 5. A function where it moves. */
  readonly deadlineAt: number | (() => number);
  readonly version: string;
  /** Throws where this process must change nothing any more. Called right before each request that is not a GET. */
  readonly mayAct?: (() => void) | undefined;
  /** Receives one line for each wait. */
  readonly progress?: (line: string) => void;
  /** Receives one line for each request and each answer, without secrets. */
  readonly trace?: (line: string) => void;
  /** From 0 to 1, for the jitter of pauses. */
  readonly random?: () => number;
  /** Carries requests to the identity's server. */
  readonly transport: Transport;
  /** Makes requests: `openSdk`, or `openPlainRequests` where the SDK does not run. Called at the first request. */
  readonly openSdk: (options: SdkOptions) => Promise<Sdk>;
  /** What to do about a refusal; none unless given. */
  readonly hintFor?: ((refusal: Refusal) => Promise<string | undefined>) | undefined;
}

/**
 * RingCentral's Subscription API as one user and app. Everything throws `ApiError`, `NetworkError`,
 * `DeadlineError` or `UnexpectedAnswerError`, or the signal's reason once that aborts.
 */
export interface RingCentralClient {
  /** As in `ClientOptions`, for waits between requests. */
  readonly deadlineAt: number;
  /** The server's last answer, a refusal too; undefined before the first. */
  readonly lastAnswer: ObservedAnswer | undefined;
  /** All subscriptions of this user and app, whatever their transport, but no malformed records. */
  list(api: Api): Promise<readonly Subscription[]>;
  /** The same, with the malformed records. */
  listAll(api: Api): Promise<SubscriptionList>;
  /** Never sent again once it may have been processed: where `maybeProcessed(error)` is true, list before trying again. */
  create(api: Api, request: CreateSubscriptionRequest): Promise<Subscription>;
  /** This, `update` and `renew` give the subscription that was asked for, or throw. */
  read(api: Api, id: string): Promise<Subscription>;
  update(api: Api, id: string, request: UpdateSubscriptionRequest): Promise<Subscription>;
  delete(api: Api, id: string): Promise<void>;
  renew(api: Api, id: string): Promise<Subscription>;
  extension(): Promise<ExtensionInfo>;
  /** Whether the user has a feature; undefined if the server does not say. */
  feature(id: string): Promise<Feature | undefined>;
  /** A page of a list about the account, from 1. */
  page(list: AccountList, page: number, perPage: number): Promise<ListPage>;
  /** A new token that opens one connection to the WebSocket gateway, within seconds. */
  webSocketToken(): Promise<WebSocketToken>;
  /** The session's token; signs in if necessary. */
  session(): Promise<CachedToken>;
  /** Always signs in with the JWT, caches the token, and revokes the former session. */
  signIn(): Promise<CachedToken>;
  /** Forgets the session's token and revokes it. Throws if it could not be revoked. */
  signOut(): Promise<void>;
  /** Closes connections, and revokes a session that is not cached. Never throws. */
  close(): Promise<void>;
}

export async function createClient(options: ClientOptions): Promise<RingCentralClient> {
  const { identity, redactor, tokens, clock, signal, version, openSdk } = options;
  redactor.add(...secretsOf(identity));
  const given = options.deadlineAt;
  const deadlineAt = typeof given === "number" ? () => given : given;
  const transport = observeTransport(options.transport, clock);
  const sender = createRequestSender({
    transport,
    quota: createQuota({
      clock,
      store: options.quotas,
      server: identity.server,
      user: identity.recordsKey,
    }),
    redactor,
    hintFor: options.hintFor,
    clock,
    signal,
    timeout: options.timeout,
    deadlineAt,
    mayAct: options.mayAct,
    progress: options.progress,
    trace: options.trace,
    random: options.random ?? Math.random,
  });
  const sdk = once(() => openSdk({ credentials: identity.credentials, version }));
  const session = createOAuthSession({ identity, tokens, sender, sdk, redactor, clock });
  const call = createCall(identity, { sender, session, sdk });

  function learn(subscription: Subscription): Subscription {
    const { address, ...mode } = subscription.deliveryMode;
    redactor.addAddress(address);
    for (const [name, value] of Object.entries(mode)) {
      if (isSecretName(name) && typeof value === "string") redactor.add(value);
    }
    return subscription;
  }

  function readOne(json: unknown, attempt: string): Subscription {
    return learn(readSubscription(json, attempt));
  }

  function readAll(json: unknown, attempt: string): SubscriptionList {
    const list = readSubscriptions(json, attempt);
    for (const subscription of list.subscriptions) learn(subscription);
    return list;
  }

  async function read(api: Api, id: string): Promise<Subscription> {
    const operation = readOperation(api, id);
    const subscription = await call(operation, readOne);
    if (isSameId(subscription.id, id)) return subscription;
    throw new UnexpectedAnswerError(operation.attempt, `it is about ${subscription.id}`);
  }

  /** An answer about another subscription says nothing about this one, so this one is read. */
  async function change(api: Api, id: string, operation: Operation, body?: object) {
    const subscription = await call(operation, readOne, body);
    return isSameId(subscription.id, id) ? subscription : read(api, id);
  }

  return Object.assign(new MovingParts(deadlineAt, transport), {
    list: async (api) => (await call(listOperation(api), readAll)).subscriptions,
    async listAll(api) {
      const { subscriptions, malformed } = await call(listOperation(api), readAll);
      // Nothing is known of what they hold, and they are shown as they came.
      const shown = malformed.map((each) => ({
        ...each,
        id: String(redactor.json(each.id)),
        value: redactor.json(each.value),
      }));
      return { subscriptions, malformed: shown };
    },
    async create(api, request) {
      redactor.add(request.deliveryMode.verificationToken);
      redactor.addAddress(request.deliveryMode.address);
      const operation = createOperation(api, request.deliveryMode.address);
      return call(operation, readOne, request);
    },
    read,
    update: async (api, id, request) => change(api, id, updateOperation(api, id), request),
    delete: async (api, id) => call(deleteOperation(api, id), () => {}),
    renew: async (api, id) => change(api, id, renewOperation(api, id)),
    extension: () => call(extensionOperation, readExtension),
    feature: async (id) =>
      call(featureOperation(id), (json, attempt) => readFeature(json, attempt, id)),
    page: (list, page, perPage) => call(pageOperation(list, page, perPage), readPage),
    webSocketToken() {
      return call(webSocketTokenOperation, (json, attempt) =>
        readWebSocketToken(json, attempt, identity.server),
      );
    },
    session: () => session.current(),
    signIn: () => session.signIn(),
    signOut: () => session.signOut(),
    async close() {
      await session.close();
      transport.close();
    },
  } satisfies Omit<RingCentralClient, "deadlineAt" | "lastAnswer">);
}

/** A class, because V8 makes a hidden class of its own for each object with getters of its own, and a fleet has many clients. */
class MovingParts {
  readonly #deadlineAt: () => number;
  readonly #transport: ObservedTransport;

  constructor(deadlineAt: () => number, transport: ObservedTransport) {
    this.#deadlineAt = deadlineAt;
    this.#transport = transport;
  }

  get deadlineAt() {
    return this.#deadlineAt();
  }

  get lastAnswer() {
    return this.#transport.lastAnswer;
  }
}

function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Sends an operation and reads its answer. */
type Call = <Result>(
  operation: Operation,
  read: (json: unknown, attempt: string) => Result,
  body?: object,
) => Promise<Result>;

interface CallOptions {
  readonly sender: RequestSender;
  readonly session: OAuthSession;
  readonly sdk: () => Promise<Sdk>;
}

/** Calls with the session's token, and once more with another one where the server refused that. */
function createCall({ credentials }: Identity, { sender, session, sdk }: CallOptions): Call {
  /** Tokens made because of a refusal, and not accepted since: another login would not help. */
  const unproven = new Set<string>();
  /** Tokens that somebody made because a scope was missing: they have all the scopes of the app. */
  const widened = new Set<string>();

  async function send(token: CachedToken, operation: Operation, body: object | undefined) {
    const { method, path } = operation;
    const json = await (await sdk()).request(token, { method, path, body }, (request) =>
      sender.send(operation, request),
    );
    unproven.delete(token.accessToken);
    return json;
  }

  async function sendWithSession(operation: Operation, body: object | undefined) {
    const token = await session.current();
    try {
      return await send(token, operation, body);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const isRefused = error.status === 401 && !unproven.has(token.accessToken);
      const lacksScope =
        /^(?:CMN-401|SUB-528)$/.test(error.code) &&
        !session.hasSignedInFor(token) &&
        !widened.has(token.accessToken);
      if ((!isRefused && !lacksScope) || credentials.kind === "token") throw error;

      const another = await session.replace(token).catch((failure: unknown) => {
        // Report the missing scope, even if the new login failed.
        throw lacksScope && failure instanceof CliError ? error : failure;
      });
      (isRefused ? unproven : widened).add(another.accessToken);
      return send(another, operation, body);
    }
  }

  return async (operation, read, body) =>
    read(await sendWithSession(operation, body), operation.attempt);
}
