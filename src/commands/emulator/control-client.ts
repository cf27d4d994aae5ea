import { NetworkError } from "../../api/errors.ts";
import type { HttpAnswer, HttpRequest, Transport } from "../../api/http.ts";
import { createTransport } from "../../api/transport.ts";
import { emulatorProfile, localServer } from "../../config/profile-name.ts";
import { parseServer } from "../../config/server.ts";
import type { CommandContext } from "../../context.ts";
import { asSentence, CliError, ExitCode, UsageError, withHint } from "../../errors.ts";
import { isObject, membersOf, parseJson } from "../../machine/json.ts";
import { isLoopback } from "../../machine/loopback.ts";
import { parseUrl } from "../../machine/parse-url.ts";

/** Where `rcwh emulator` listens without --port. */
export const defaultEmulatorPort = "4010";

const defaultEmulator = `http://127.0.0.1:${defaultEmulatorPort}`;

/**
 * Sends one request to the emulator's control API, such as `DELETE /faults`, and resolves to the JSON of its
 * answer, undefined for an empty one. `attempt` is an infinitive for messages: "Could not <attempt>: …". Throws
 * CliError for a refusal.
 */
export type CallEmulator = <Answer>(
  attempt: string,
  request: `${"GET" | "POST" | "PATCH" | "DELETE"} /${string}`,
  details?: CallDetails,
) => Promise<Answer>;

interface CallDetails {
  readonly body?: unknown;
  /** Puts a refusal in the words of the command line. */
  readonly explain?: (refusal: Refusal) => Explanation | undefined;
}

interface Refusal {
  readonly status: number;
  /** The field of the body, or the part of the path, that the emulator refuses. */
  readonly parameterName: string;
}

interface Explanation {
  /** Replaces the emulator's message; a sentence without its full stop. */
  readonly message?: string;
  readonly hint: string;
}

interface EmulatorConnection extends Pick<Transport, "exchange"> {
  /** For messages. */
  readonly name: string;
  close(): void | Promise<void>;
}

/**
 * Runs `act` with a connection to the emulator that `url` (the flag --url), the profile or RCWH_SERVER names.
 * Throws UsageError if that is not an emulator on this machine.
 */
export async function withEmulator(
  url: string | undefined,
  context: CommandContext,
  act: (call: CallEmulator) => Promise<void>,
): Promise<void> {
  const server = await findEmulator(url, context);
  const other =
    url === undefined
      ? `use the one inside rcwh with \`--profile ${emulatorProfile}\``
      : "name another with --url";
  const connection =
    server === localServer
      ? await connectToProfile(context)
      : connectToServer(server, other, context);
  try {
    await act(async (attempt, request, details = {}) => {
      const answer = await send(attempt, request, details.body, connection, context);
      // The control API is ours: each command knows what it answers.
      return readAnswer(attempt, answer, connection.name, details.explain) as never;
    });
  } finally {
    await connection.close();
  }
}

/**
 * The address of the emulator to talk to, `localServer` for the one of the profile `emulator`. A profile or a
 * variable that is set for other commands, and names no server on this machine, is passed over.
 */
async function findEmulator(
  url: string | undefined,
  { settings, env, config }: CommandContext,
): Promise<string> {
  if (url !== undefined) return parseUrlFlag(url);
  const { profileByFlag } = settings;
  const variable = env["RCWH_SERVER"];
  const profile = settings.profile ?? (variable ? undefined : (await config()).currentProfile);
  if (profile === emulatorProfile) {
    // As in other commands, the variables of an emulator select it.
    const isOverruled = !profileByFlag && variable && isOnThisMachine(variable);
    return isOverruled ? parseServer(variable, "RCWH_SERVER") : localServer;
  }
  if (profile !== undefined && (profileByFlag || !variable)) {
    const profiles = (await config()).profiles();
    const stored = profiles[profile];
    if (!stored) {
      const { unknownProfile } = await import("../../config/edits.ts");
      throw unknownProfile(profile, Object.keys(profiles));
    }
    if (isOnThisMachine(stored.server)) return parseServer(stored.server, `profile ${profile}`);
    if (profileByFlag) {
      throw new UsageError(
        `Profile ${profile} signs in at ${stored.server}, which is not an emulator.`,
        `Leave out --profile, or give the emulator's address, such as \`--url ${defaultEmulator}\`.`,
      );
    }
  }
  return variable && isOnThisMachine(variable)
    ? parseServer(variable, "RCWH_SERVER")
    : defaultEmulator;
}

function parseUrlFlag(url: string): string {
  const hint = `Use an address such as ${defaultEmulator}.`;
  if (!parseUrl(url)?.hostname) {
    throw new UsageError(`Invalid --url value "${url}": must be a URL.`, hint);
  }
  if (!isOnThisMachine(url)) {
    // Without a user name and password that the URL may have.
    const { origin, host } = new URL(url);
    const server = origin === "null" ? host : origin;
    throw new UsageError(`Invalid --url value "${server}": must be on this machine.`, hint);
  }
  try {
    return parseServer(url, "--url");
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(cause.message, hint, { cause });
  }
}

function isOnThisMachine(url: string): boolean {
  return isLoopback(parseUrl(url)?.hostname ?? "");
}

/** `other` is an alternative to suggest if none listens there. */
function connectToServer(
  server: string,
  other: string,
  { env }: CommandContext,
): EmulatorConnection {
  const transport = createTransport({ server, env });
  return {
    name: server,
    async exchange(request, limits) {
      try {
        return await transport.exchange(request, limits);
      } catch (error) {
        if (!(error instanceof NetworkError) || error.maybeProcessed) throw error;
        const { port } = new URL(server);
        const command =
          server === defaultEmulator ? "rcwh emulator" : `rcwh emulator --port ${port || 80}`;
        throw withHint(error, `Start one with \`${command}\`, or ${other}.`);
      }
    },
    close: () => transport.close(),
  };
}

async function connectToProfile(context: CommandContext): Promise<EmulatorConnection> {
  const [{ createLocalTransport }, { openLocalEmulator }] = await Promise.all([
    import("../../api/local-transport.ts"),
    import("../../operations/local-emulator.ts"),
  ]);
  const { fetch, close } = await openLocalEmulator(context);
  const { exchange } = createLocalTransport(defaultEmulator, fetch);
  return { name: `the profile ${emulatorProfile}`, exchange, close };
}

/** With --debug each request is shown without its body: settings hold secrets, and events hold anything. */
async function send(
  attempt: string,
  request: string,
  content: unknown,
  connection: EmulatorConnection,
  { settings, io, clock, signal }: CommandContext,
): Promise<HttpAnswer> {
  const [method = "", path = ""] = request.split(" ");
  const sent: HttpRequest = {
    method,
    path: `/emulator/v1${path}`,
    headers: content === undefined ? {} : { "content-type": "application/json" },
    body: content === undefined ? undefined : JSON.stringify(content),
  };
  if (settings.debug) io.say(`→ ${method} ${sent.path}`);
  const startedAt = clock.now();
  const { timeout } = settings;
  const limits = { attempt, timeout, endsWithRun: false, signal };
  const answer = await connection.exchange(sent, limits);
  if (settings.debug) io.say(`← ${answer.status} in ${clock.now() - startedAt} ms`);
  return answer;
}

function readAnswer(
  attempt: string,
  { status, body }: HttpAnswer,
  name: string,
  explain: CallDetails["explain"],
): unknown {
  const content = parseJson(body);
  if (status < 300 && (isObject(content) || status === 204)) return content;
  const { errorCode, message, parameterName } = membersOf(content);
  if (typeof message !== "string") {
    throw new CliError(
      `Could not ${attempt}: ${name} does not answer as an emulator (${status}).`,
      {
        code: "NOT_AN_EMULATOR",
        hint: "Give the address that `rcwh emulator` printed, with --url.",
      },
    );
  }
  const explained =
    typeof parameterName === "string" ? explain?.({ status, parameterName }) : undefined;
  throw new CliError(`Could not ${attempt}: ${asSentence(explained?.message ?? message)}`, {
    exitCode: exitCodes.get(status) ?? (status < 500 ? ExitCode.failure : ExitCode.unavailable),
    code: typeof errorCode === "string" ? errorCode : `HTTP_${status}`,
    hint:
      explained?.hint ??
      (status === 400 ? "See the flags with `rcwh emulator --help`." : undefined),
  });
}

const exitCodes: ReadonlyMap<number, ExitCode> = new Map([
  [400, ExitCode.usage],
  [404, ExitCode.notFound],
]);
