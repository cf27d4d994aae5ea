import { NetworkError } from "../api/errors.ts";
import { createTransport, type HttpAnswer, type HttpRequest } from "../api/transport.ts";
import { emulatorProfile, localServer } from "../config/profile-name.ts";
import { parseServer } from "../config/server.ts";
import type { CommandContext } from "../context.ts";
import { asSentence, CliError, ExitCode, UsageError } from "../errors.ts";
import { isLoopback } from "../loopback.ts";

/** Where `rcwh emulator` listens unless it is told otherwise. */
export const defaultEmulatorPort = "4010";

/** The controls of an emulator: one that runs, or the one that is the profile `emulator`. */
export interface EmulatorControl {
  /** Resolves to the JSON of the answer, `undefined` where it is empty. `attempt` is an infinitive, for messages. */
  call(attempt: string, method: string, path: string, body?: unknown): Promise<unknown>;
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
      async call(attempt, method, path, body) {
        const request = {
          method,
          path: `/emulator/v1${path}`,
          headers: body === undefined ? {} : { "content-type": "application/json" },
          body: body === undefined ? undefined : JSON.stringify(body),
        };
        const answer = await traced(request, context, () => door.exchange(attempt, request));
        return read(attempt, answer, door.name);
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
  const own = env["RCWH_SERVER"];
  if (settings.profile === emulatorProfile || own === localServer) return openProfile(context);
  return openServer(
    own && isOnLoopback(own) ? parseServer(own, "RCWH_SERVER") : defaultServer,
    context,
  );
}

const defaultServer = `http://127.0.0.1:${defaultEmulatorPort}`;

function isOnLoopback(url: string): boolean {
  return URL.canParse(url) && isLoopback(new URL(url).hostname);
}

function loopbackOrigin(url: string): string {
  const origin = parseServer(url, "--url");
  if (isOnLoopback(origin)) return origin;
  throw new UsageError(
    `${origin} is not on this machine, and an emulator is.`,
    `Give --url an address such as ${defaultServer}.`,
  );
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
  const { openLocalEmulator } = await import("./local-emulator.ts");
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
): unknown {
  const content = parse(body);
  if (status < 300 && (content || status === 204)) return content;
  const { errorCode, message } = content ?? {};
  if (typeof message !== "string") {
    throw new CliError(
      `Could not ${attempt}: ${name} does not answer as an emulator (${status}).`,
      {
        code: "NOT_AN_EMULATOR",
        hint: "Name the address that `rcwh emulator` printed with `--url`.",
      },
    );
  }
  throw new CliError(`Could not ${attempt}: ${asSentence(message)}`, {
    exitCode: exitCodes.get(status) ?? (status < 500 ? ExitCode.failure : ExitCode.unavailable),
    code: typeof errorCode === "string" ? errorCode : `HTTP_${status}`,
  });
}

const exitCodes: ReadonlyMap<number, ExitCode> = new Map([
  [400, ExitCode.usage],
  [404, ExitCode.notFound],
]);

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
