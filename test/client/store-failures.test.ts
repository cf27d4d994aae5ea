import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { describe, onTestFinished } from "vitest";
import { redisStore } from "../../src/client/client.ts";
import { closedPort } from "../support/endpoints.ts";
import { selfSigned } from "../support/self-signed.ts";
import { type Failures, test } from "./failing-store.ts";

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server that answers whatever it gets with `answer`. */
function serve(answer: (chunk: Buffer) => Buffer | string): Promise<number> {
  return listen(
    createServer((socket: Socket) => {
      socket.on("error", () => {});
      socket.on("data", (chunk) => socket.write(answer(chunk)));
    }),
  );
}

/** A Redis that answers every command with an error. */
function redis(message: string): Promise<number> {
  return serve((chunk) => `-${message}\r\n`.repeat(chunk.toString().match(/\*\d/g)?.length ?? 0));
}

/** What PostgreSQL answers to whoever connects. */
function errorResponse(code: string, message: string): Buffer {
  const text = `SFATAL\0C${code}\0M${message}\0\0`;
  const head = Buffer.from("E\0\0\0\0");
  head.writeInt32BE(Buffer.byteLength(text) + 4, 1);
  return Buffer.concat([head, Buffer.from(text)]);
}

const login =
  "Check the user, the password and the database in the store's URL, and the user's rights.";
const other = "Check the store and its URL, then try again.";
const primary = "Use the URL of the primary server, or wait until this one becomes the primary.";
const room = "Give the store's server more disk space or memory, then try again.";
const connections =
  "Run fewer processes at a time, or allow the store more connections, then try again.";
const start = "Wait until its server has started, then try again.";
const usual = "Start its server, or correct its URL, then try again.";

function refused(name: string, reason: string, hint: string): Failures {
  return {
    commands: {
      ...{ exitCode: 2, code: "STORE_REFUSED", hint },
      message: `Cannot use the store ${name}: ${reason}.`,
    },
    client: {
      ...{ code: "STORE_REFUSED", permanent: true },
      message: `Cannot use the store: ${reason}.`,
    },
  };
}

function passing(name: string, reason: string, hint: string): Failures {
  return {
    commands: {
      ...{ exitCode: 5, code: "STORE", hint },
      message: `Cannot use the store ${name}: ${reason}.`,
    },
    client: { ...{ code: "STORE", permanent: false }, message: `Cannot use the store: ${reason}.` },
  };
}

describe("A store fails alike for the commands and for a client", () => {
  test.for([
    ["28P01", 'password authentication failed for user "rcwh"', refused, login],
    ["28000", 'role "rcwh" is not permitted to log in', refused, login],
    ["28000", 'no pg_hba.conf entry for host "10.0.0.1", no encryption', refused, login],
    ["3D000", 'database "rcwh" does not exist', refused, login],
    ["08P01", 'password authentication failed for user "rcwh"', refused, login],
    ["XX000", "Tenant or user not found", refused, login],
    ["0A000", "ON CONFLICT is not supported", refused, other],
    ["XX000", "MaxClientsInSessionMode: max clients reached", passing, connections],
    ["XX000", "unexpected chunk number 0", passing, usual],
    ["53300", "sorry, too many clients already", passing, connections],
    ["53100", 'could not extend file "base/5/16384": No space left on device', passing, room],
    ["57P03", "the database system is starting up", passing, start],
    ["57014", "canceling statement due to statement timeout", passing, usual],
    ["25006", "cannot execute INSERT in a read-only transaction", passing, primary],
  ] as const)(
    "where PostgreSQL answers %s, %s",
    async ([code, message, expected, hint], { fail, expect }) => {
      const port = await serve(() => errorResponse(code, message));

      const failures = await fail(`postgres://rcwh:long-password@127.0.0.1:${port}/rcwh`);

      expect(failures).toEqual(expected("postgres://127.0.0.1:5432/rcwh", message, hint));
    },
  );

  test.for([
    ["WRONGPASS invalid username-password pair or user is disabled.", refused, login],
    ["NOAUTH Authentication required.", refused, login],
    ["NOPERM this user has no permissions to run the 'eval' command", refused, login],
    ["ERR DB index is out of range", refused, login],
    ["ERR Protocol error: unauthenticated multibulk length", refused, login],
    ["ERR unknown command 'EVAL'", refused, other],
    ["WRONGTYPE Operation against a key holding the wrong kind of value", refused, other],
    ["ERR max number of clients reached", passing, connections],
    ["LOADING Redis is loading the dataset in memory", passing, start],
    ["READONLY You can't write against a read only replica.", passing, primary],
    ["OOM command not allowed when used memory > 'maxmemory'.", passing, room],
    ["NOREPLICAS Not enough good replicas to write.", passing, usual],
  ] as const)("where Redis answers %s", async ([message, expected, hint], { fail, expect }) => {
    const failures = await fail(`redis://:long-password@127.0.0.1:${await redis(message)}/3`);

    const reason = message.replace(/\.$/, "");
    expect(failures).toEqual(expected("redis://127.0.0.1:5432/3", reason, hint));
  });

  test.for([
    [
      "ERR Error running script (call to f_1028a5db): @user_script:4: @user_script: 4: -READONLY You can't write against a read only replica.",
      passing,
      "READONLY You can't write against a read only replica",
      primary,
    ],
    [
      "ERR The user executing the script can't run this command or subcommand script: feafb575, on @user_script:9.",
      refused,
      "ERR The user executing the script can't run this command or subcommand",
      login,
    ],
    [
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled.",
      passing,
      "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk",
      room,
    ],
    [
      "MOVED 866 10.0.0.1:6379",
      refused,
      "MOVED 866 10.0.0.1:6379",
      "Use a Redis server that is not part of a cluster, or the client of a cluster.",
    ],
  ] as const)(
    "with what matters of %s",
    async ([message, expected, reason, hint], { fail, expect }) => {
      const failures = await fail(`redis://127.0.0.1:${await redis(message)}/3`);

      expect(failures).toEqual(expected("redis://127.0.0.1:5432/3", reason, hint));
    },
  );

  test("where a right is missing", async ({ fail, directory, expect }) => {
    const port = await serve(() => errorResponse("42501", "permission denied for schema public"));
    const failures = await fail(`postgres://rcwh@127.0.0.1:${port}/rcwh`);
    const message = 'Cannot read the table "rcwh_schema": permission denied for schema public.';
    expect(failures).toEqual({
      commands: {
        ...{ exitCode: 2, code: "STORE_REFUSED", message },
        hint: "Grant this user SELECT, INSERT, UPDATE and DELETE on the tables of the store.",
      },
      client: { code: "STORE_REFUSED", permanent: true, message },
    });

    const file = join(directory, "file");
    writeFileSync(file, "");
    const { commands, client } = await fail(`file://${file}`);
    expect(commands).toMatchObject({ exitCode: 2, code: "STORE_REFUSED" });
    expect(client).toMatchObject({ code: "STORE_REFUSED", permanent: true });
  });

  test("where the password is a part of its answer", async ({ fail, expect }) => {
    const port = await redis("WRONGPASS invalid username-password pair");
    const { commands, client } = await fail(`redis://:wrong@127.0.0.1:${port}/3`);
    expect(commands).toMatchObject({ exitCode: 2, code: "STORE_REFUSED", hint: login });
    expect(client).toMatchObject({ code: "STORE_REFUSED", permanent: true });
  });

  test("where nothing listens, and where there is no such host", async ({ fail, expect }) => {
    const failures = await fail(`redis://127.0.0.1:${await closedPort()}/3`);
    expect(failures).toEqual(passing("redis://127.0.0.1:5432/3", "connection refused", usual));

    const url = "redis://no-such-host.invalid";
    expect(await fail(url)).toEqual(passing(url, "its host name cannot be resolved", usual));
  });

  test("where node-redis was never told to connect", async ({ fail, expect }) => {
    const closed = redisStore(async () => {
      throw new Error("The client is closed");
    });
    const { client } = await fail(`redis://127.0.0.1:${await closedPort()}/3`, closed);
    expect(client).toEqual({
      ...{ code: "STORE", permanent: false },
      message: "Cannot use the store: the client is closed; call its connect() first.",
    });
  });

  test("where it has no TLS", async ({ fail, expect }) => {
    const port = await serve(() => "N");
    const failures = await fail(`postgres://rcwh@127.0.0.1:${port}/rcwh?sslmode=require`);
    expect(failures).toEqual(
      refused(
        "postgres://127.0.0.1:5432/rcwh",
        "The server does not support SSL connections",
        "Set ssl to on in postgresql.conf, or leave out sslmode.",
      ),
    );
  });

  test("where its certificate is not trusted", async ({ fail, expect }) => {
    const { certificate, key } = selfSigned;
    const port = await listen(createTlsServer({ cert: certificate, key }));
    const failures = await fail(`rediss://127.0.0.1:${port}/3`);
    expect(failures).toEqual(
      passing(
        "rediss://127.0.0.1:5432/3",
        "self-signed certificate",
        "Name its certificate authority with NODE_EXTRA_CA_CERTS, or for PostgreSQL with sslrootcert in the URL.",
      ),
    );
  });
});
