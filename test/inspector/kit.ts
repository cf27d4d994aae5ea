import { mkdir, writeFile } from "node:fs/promises";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Action, InspectedEvent, Note, Update } from "../../src/inspector/protocol.ts";

export const policy = "default-src 'none'; script-src 'sha256-x'";
export const html = "<!doctype html><title>rcwh</title>";

/** Writes a page as the build does. Returns the path of a script that has it beside it. */
export async function writePage(directory: string, content = `${policy}\n${html}`) {
  await mkdir(join(directory, "dist"), { recursive: true });
  await writeFile(join(directory, "dist/page.br"), brotliCompressSync(content));
  return join(directory, "bin/rcwh.js");
}

let pages = 0;

/** A port that nobody is given who asks for a free one, such as the listener that the page is of. */
export function pagePort(): number {
  pages += 1;
  return 20_000 + ((process.pid * 31 + pages) % 12_000);
}

/** The address that `--ui` has printed. */
export function pageUrl(said: string): string {
  return /^Open (http:\S+)$/m.exec(said)?.[1] ?? "";
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends a request with exactly these headers, as no `fetch` would. */
export function ask(url: string, { method = "GET", headers = {}, body }: Asked = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

export async function act(url: string, action: Action | object) {
  const { status, body } = await ask(`${url}actions`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(action),
  });
  return { status, ...JSON.parse(body) };
}

/** What a page sees. */
export interface Stream {
  readonly updates: readonly Update[];
  /** By their numbers, as they are now. */
  readonly events: ReadonlyMap<number, InspectedEvent>;
  readonly notes: readonly Note[];
  readonly isOver: boolean;
  /** Resolves once this returns true. */
  until(isDone: (stream: Stream) => boolean): Promise<void>;
  readonly response: IncomingMessage;
  close(): void;
}

export function openStream(url: string): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}stream`, { agent: false }, (response) => {
      const updates: Update[] = [];
      const events = new Map<number, InspectedEvent>();
      const notes: Note[] = [];
      const watchers = new Set<() => void>();
      let isOver = false;
      let rest = "";
      const notify = () => {
        for (const watcher of [...watchers]) watcher();
      };
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        const messages = (rest + chunk).split("\n\n");
        rest = messages.pop() ?? "";
        for (const message of messages) {
          if (!message.startsWith("data: ")) continue;
          const update: Update = JSON.parse(message.slice(6));
          updates.push(update);
          if (update.type === "events")
            for (const one of update.events) events.set(one.number, one);
          if (update.type === "notes") notes.push(...update.notes);
        }
        notify();
      });
      response.on("close", () => {
        isOver = true;
        notify();
      });
      response.on("error", () => {});
      const stream: Stream = {
        updates,
        events,
        notes,
        get isOver() {
          return isOver;
        },
        until: (isDone) =>
          new Promise((done, fail) => {
            const watcher = () => {
              if (!isDone(stream) && !isOver) return;
              watchers.delete(watcher);
              if (isDone(stream)) done();
              else fail(new Error(`The stream ended: ${JSON.stringify(updates.slice(-3))}`));
            };
            watchers.add(watcher);
            watcher();
          }),
        response,
        close: () => outgoing.destroy(),
      };
      if (response.statusCode === 200) resolve(stream);
      else reject(new Error(`The stream was refused: ${response.statusCode}`));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}
