import { NetworkError } from "../../api/errors.ts";
import type { HttpAnswer, HttpRequest } from "../../api/http.ts";
import { createTransport } from "../../api/transport.ts";
import { emulatorProfile, localServer } from "../../config/profile-name.ts";
import { parseServer } from "../../config/server.ts";
import type { CommandContext } from "../../context.ts";
import { asSentence, CliError, ExitCode, UsageError } from "../../errors.ts";
import { isObject, membersOf, parseJson } from "../../machine/json.ts";
import { isLoopback } from "../../machine/loopback.ts";

/** Where `rcwh emulator` listens unless it is told otherwise. */
export const defaultEmulatorPort = "4010";

/** The controls of an emulator: one that runs, or the one that is the profile `emulator`. */
export interface EmulatorControl {
  /**
   * Resolves to the JSON of the answer, `undefined` where it is empty. `attempt` is an infinitive, for
   * messages; `explain` knows more of a refusal than its message.
   */
  call(
    attempt: string,
    method: string,
    path: string,
    body?: unknown,
    explain?: (refusal: Refusal) => Explained | undefined,
  ): Promise<unknown>;
}

/** What an emulator refuses. */
interface Refusal {
  readonly status: number;
  /** What of the request's body or path is not acceptable. */
  readonly parameterName: string;
}

/** A refusal in words that fit the command line. */
interface Explained {
  /** What comes in place of the emulator's message; a sentence without its full stop. */
  readonly message?: string;
  readonly hint: string;
}

/** Runs `act` with the controls of the emulator that `--url`, the profile or RCWH_SERVER names. Throws UsageError. */
export async function withEmulatorControl(
  url: string | undefined,
  context: CommandContext,
  act: (control: EmulatorControl) => Promise<void>,
): Promise<void> {
  const door = await openDoor(url, context);
  try {
    await act({
      async call(attempt, method, path, body, explain) {
        const request = {
          method,
          path: `/emulator/v1${path}`,
          headers: body === undefined ? {} : { "content-type": "application/json" },
          body: body === undefined ? undefined : JSON.stringify(body),
        };
        const answer = await traced(request, context, () => door.exchange(attempt, request));
        return read(attempt, answer, door.name, explain);
      },
    });
  } finally {
    await door.close();
  }
}

/** The way to one emulator. */
interface Door {
  /** For messages. */
  readonly name: string;
  exchange(attempt: string, request: HttpRequest): Promise<Pick<HttpAnswer, "status" | "body">>;
  close(): void | Promise<void>;
}

async function openDoor(url: string | undefined, context: CommandContext): Promise<Door> {
  const { settings, env } = context;
  if (url !== undefined) return openServer(loopbackOrigin(url), context);
  const { profile, profileByFlag } = settings;
  const own = env["RCWH_SERVER"];
  if (profile === emulatorProfile) return openProfile(context);
  if (profile !== undefined && (profileByFlag || !own)) {
    const server = await serverOf(profile, context);
    if (server !== undefined) return openServer(server, context);
  }
  if (own === localServer) return openProfile(context);
  return openServer(
    own && isOnLoopback(own) ? parseServer(own, "RCWH_SERVER") : defaultServer,
    context,
  );
}

const defaultServer = `http://127.0.0.1:${defaultEmulatorPort}`;

/** Where a stored profile signs in, if that is on this machine. Throws UsageError where it is not and was named by flag. */
async function serverOf(name: string, context: CommandContext): Promise<string | undefined> {
  const profiles = (await context.config()).profiles();
  const stored = profiles[name];
  if (!stored) {
    const { unknownProfile } = await import("../../config/edits.ts");
    throw unknownProfile(name, Object.keys(profiles));
  }
  if (isOnLoopback(stored.server)) return parseServer(stored.server, `profile ${name}`);
  // A variable that is set for a whole shell is not about this command.
  if (!context.settings.profileByFlag) return undefined;
  throw new UsageError(
    `The profile ${name} is of ${stored.server}, which is no emulator.`,
    `Leave out --profile, or name the emulator's address, such as \`--url ${defaultServer}\`.`,
  );
}

function isOnLoopback(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}

function loopbackOrigin(url: string): string {
  const hint = `Give --url an address such as ${defaultServer}.`;
  if (!URL.canParse(url) || !new URL(url).hostname) {
    throw new UsageError(`--url ${JSON.stringify(url)} is not an address.`, hint);
  }
  if (!isOnLoopback(url)) {
    const { origin, host } = new URL(url);
    const server = origin === "null" ? host : origin;
    throw new UsageError(`${server} is not on this machine, and an emulator is.`, hint);
  }
  try {
    return parseServer(url, "--url");
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    throw new UsageError(cause.message, hint, { cause });
  }
}

function openServer(server: string, { env, settings, signal }: CommandContext): Door {
  const transport = createTransport({ server, env });
  const { timeout } = settings;
  return {
    name: server,
    async exchange(attempt, request) {
      try {
        return await transport.exchange(request, { attempt, timeout, endsWithRun: false, signal });
      } catch (error) {
        if (!(error instanceof NetworkError) || error.maybeProcessed) throw error;
        throw new CliError(error.message, {
          exitCode: error.exitCode,
          code: error.code,
          hint: "Start one with `rcwh emulator`, or name another with `--url`.",
          cause: error,
        });
      }
    },
    close: () => transport.close(),
  };
}

async function openProfile(context: CommandContext): Promise<Door> {
  const { openLocalEmulator } = await import("../../operations/local-emulator.ts");
  const emulator = await openLocalEmulator(context);
  return {
    name: `the profile ${emulatorProfile}`,
    async exchange(_attempt, { method, path, headers, body }) {
      const answer = await emulator.fetch(
        new Request(new URL(path, defaultServer), {
          method,
          headers,
          ...(body !== undefined && { body }),
        }),
      );
      return { status: answer.status, body: await answer.text() };
    },
    close: () => emulator.close(),
  };
}

/** Bodies are left out: settings hold secrets, and events whatever somebody made up. */
async function traced(
  { method, path }: HttpRequest,
  { settings, io, clock }: CommandContext,
  exchange: () => Promise<Pick<HttpAnswer, "status" | "body">>,
) {
  if (!settings.debug) return exchange();
  io.say(`→ ${method} ${path}`);
  const startedAt = clock.now();
  const answer = await exchange();
  io.say(`← ${answer.status} in ${clock.now() - startedAt} ms`);
  return answer;
}

function read(
  attempt: string,
  { status, body }: Pick<HttpAnswer, "status" | "body">,
  name: string,
  explain: (refusal: Refusal) => Explained | undefined = () => undefined,
): unknown {
  const content = parseJson(body);
  if (status < 300 && (isObject(content) || status === 204)) return content;
  const { errorCode, message, parameterName } = membersOf(content);
  if (typeof message !== "string") {
    throw new CliError(
      `Could not ${attempt}: ${name} does not answer as an emulator (${status}).`,
      {
        code: "NOT_AN_EMULATOR",
        hint: "Name the address that `rcwh emulator` printed with `--url`.",
      },
    );
  }
  const explained =
    typeof parameterName === "string" ? explain({ status, parameterName }) : undefined;
  throw new CliError(`Could not ${attempt}: ${asSentence(explained?.message ?? message)}`, {
    exitCode: exitCodes.get(status) ?? (status < 500 ? ExitCode.failure : ExitCode.unavailable),
    code: typeof errorCode === "string" ? errorCode : `HTTP_${status}`,
    hint: explained?.hint ?? (status === 400 ? seeHelp : undefined),
  });
}

const seeHelp = "See what it takes with `rcwh emulator --help`.";

const exitCodes: ReadonlyMap<number, ExitCode> = new Map([
  [400, ExitCode.usage],
  [404, ExitCode.notFound],
]);
