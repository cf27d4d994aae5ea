import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { attempt } from "./attempt.ts";

/** The id of the process that listens on a TCP port. Undefined where /proc does not tell, as for other users' processes. */
export function findPortOwner(port: number): number | undefined {
  const sockets = new Set(
    ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) => listenersIn(table, port)),
  );
  if (sockets.size === 0) return undefined;
  const owner = namesIn("/proc").find(
    (pid) =>
      /^\d+$/.test(pid) && namesIn(`/proc/${pid}/fd`).some((fd) => isOneOf(sockets, pid, fd)),
  );
  return owner === undefined ? undefined : Number(owner);
}

/** The links that descriptors of the sockets have, such as `socket:[123]`. */
function listenersIn(table: string, port: number): readonly string[] {
  const lines = attempt(() => readFileSync(table, "utf8"))?.split("\n") ?? [];
  return lines.flatMap((line) => {
    const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
    const isListener = state === "0A" && Number.parseInt(local?.split(":")[1] ?? "", 16) === port;
    return isListener ? [`socket:[${inode}]`] : [];
  });
}

function isOneOf(sockets: ReadonlySet<string>, pid: string, fd: string): boolean {
  return sockets.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? "");
}

function namesIn(directory: string): readonly string[] {
  return attempt(() => readdirSync(directory)) ?? [];
}
