import { once } from "node:events";
import { chmod, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { executable, warmConfig } from "./processes.ts";
import type { Fixtures } from "./rcwh.ts";

/** Ends what the script sends. */
const end = "\u0004";

/** Sends its words, its variables, and its input where a word asks for it; prints what comes back. */
const script = (port: number) => `#!/usr/bin/env bash
exec 3<>/dev/tcp/127.0.0.1/${port}
input=
for word; do case $word in - | @-) input=$(cat) ;; esac; done
{
  printf '%s\\0' "$#" "$@" "$input"
  for name in "\${!RCWH_@}" COLUMNS TERM; do printf '%s\\0' "$name=\${!name}"; done
  printf '${end}'
} >&3
for each in out err code; do IFS= read -r -d '' -u 3 "$each"; done
printf %s "$out"
printf %s "$err" >&2
exit "$code"
`;

/**
 * Puts an `rcwh` into a directory for PATH that runs in this process, until it is disposed of: starting a process takes
 * ten times as much. What is started with `exec` is to be the built program: see `withProcesses`.
 *
 * @param directory the home and the current directory of every run
 */
export async function installRcwh(
  bin: string,
  directory: string,
  rcwh: Fixtures["rcwh"],
): Promise<AsyncDisposable> {
  const answer = async (socket: Socket) => {
    const [count = "", ...parts] = await receive(socket);
    const words = parts.slice(0, Number(count));
    const [stdin = "", ...variables] = parts.slice(Number(count));
    const env = {
      ...Object.fromEntries(variables.map((each) => /^(.*?)=(.*)$/s.exec(each)?.slice(1) ?? [])),
      HOME: directory,
      RCWH_CONFIG_DIR: undefined,
    };
    const { stdout, stderr, exitCode } = await rcwh(words, { env, stdin });
    socket.end([stdout, stderr, exitCode, ""].join("\0"));
  };
  const answers: Promise<void>[] = [];
  const server = createServer((socket) => {
    const failed = (error: Error) => void socket.end(`\0${error.stack}\u{0}1\0`);
    answers.push(answer(socket).catch(failed));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const path = join(bin, "rcwh");
  await writeFile(path, script((server.address() as AddressInfo).port));
  await chmod(path, 0o755);
  warmConfig(join(directory, ".config/rcwh"));
  const before = process.cwd();
  process.chdir(directory);
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      // What still runs after a failure writes into the current directory.
      await Promise.all(answers);
      process.chdir(before);
    },
  };
}

/** A script in which what `exec` starts is the built program. */
export function withProcesses(text: string): string {
  return text.replace(/^exec rcwh /gm, () => `exec "${process.execPath}" "${executable}" `);
}

async function receive(socket: Socket): Promise<string[]> {
  let received = "";
  const chunks = socket.setEncoding("utf8").iterator({ destroyOnReturn: false });
  for await (const chunk of chunks) {
    received += chunk;
    if (received.endsWith(end)) return received.split("\0").slice(0, -1);
  }
  throw new Error("The script has ended early.");
}
