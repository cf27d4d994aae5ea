import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { describe } from "vitest";
import { warmConfig } from "../support/processes.ts";
import { test as base } from "../support/rcwh.ts";
import { subscribe } from "../support/subscriptions.ts";
import { keys, runInTerminal, type TerminalSession } from "../support/terminal.ts";
import { payloads } from "./payloads.ts";

/** Every kind at once, but for half a pair, which makes a record malformed. */
const everything = payloads
  .filter(([name]) => !/ in an? |half/.test(name))
  .map(([, payload]) => payload)
  .join(" ");

const columns = 100;
const rows = 30;

interface Fixtures {
  /** Starts rcwh in a terminal, before a server whose subscriptions say everything that a terminal may act on. */
  readonly start: (words: string) => TerminalSession;
  readonly id: string;
}

const test = base.extend<Fixtures>({
  id: async ({ emulator, endpoint }, use) => {
    const id = await subscribe(emulator, endpoint.url);
    let isInner = false;
    emulator.intercept(async (request) => {
      if (isInner || !request.url.includes("/subscription")) return;
      isInner = true;
      const answer = await emulator.fetch(request).finally(() => {
        isInner = false;
      });
      const text = JSON.stringify(everything).slice(1, -1);
      const forged = (await answer.text())
        .replaceAll('"Active"', `"Suspended ${text}"`)
        .replaceAll(/"address":"[^"]*/g, (found) => `${found}/${text}`)
        .replaceAll(/"\/team-messaging[^"]*/g, (found) => `${found}?x=${text}`);
      return new Response(forged, { headers: { "Content-Type": "application/json" } });
    }, Number.POSITIVE_INFINITY);
    await use(id);
  },
  start: async ({ signedIn, directory, id }, use) => {
    const sessions: TerminalSession[] = [];
    await use((words) => {
      const env = {
        ...signedIn,
        RCWH_CONFIG_DIR: warmConfig(join(directory, "config")),
        TMPDIR: directory,
      };
      const session = runInTerminal(words.replace("{id}", id).split(" "), { env, columns, rows });
      sessions.push(session);
      return session;
    });
    for (const session of sessions) session.kill("SIGKILL");
  },
});

/** What a terminal remembers after it was written to, and what happened on the way. */
async function stateAfter(output: string) {
  const terminal = new Terminal({ cols: columns, rows, allowProposedApi: true, logLevel: "off" });
  const happened: string[] = [];
  terminal.onTitleChange(() => happened.push("title"));
  terminal.onBell(() => happened.push("bell"));
  terminal.onData((data) => happened.push(`report ${JSON.stringify(data)}`));
  for (const command of [0, 1, 2, 4, 7, 8, 9, 10, 11, 12, 22, 52, 104, 133, 777, 1337]) {
    terminal.parser.registerOscHandler(command, () => {
      happened.push(`command ${command}`);
      return true;
    });
  }
  const write = (text: string) => new Promise<void>((resolve) => terminal.write(text, resolve));
  // A letter at the end shows which colors and which alphabet stayed.
  await write(`${output}\r\nq`);
  const { buffer, modes } = terminal;
  const { active } = buffer;
  const cell = active.getLine(active.baseY + active.cursorY)?.getCell(active.cursorX - 1);
  const state = {
    modes: { ...modes },
    buffer: active.type,
    column: active.cursorX,
    letter: cell?.getChars(),
    isPlain: cell?.isAttributeDefault(),
    happened,
  };
  terminal.dispose();
  return state;
}

describe("a terminal is the same after", () => {
  for (const words of ["list", "show {id}", "renew {id} --expires-in 6d", "doctor"]) {
    test(`rcwh ${words}`, async ({ start, expect }) => {
      const session = start(words);
      await session.exitCode;
      expect(session.raw()).toContain("/hook/");
      expect(await stateAfter(session.raw())).toEqual(await stateAfter(""));
    });
  }

  test("a question that is declined", async ({ start, expect }) => {
    const session = start("delete {id}");
    await session.waitFor("Delete");
    session.type("n");
    session.type(keys.enter);
    expect(await session.exitCode).toBe(9);
    expect(session.raw()).toContain("Suspended");
    expect(await stateAfter(session.raw())).toEqual(await stateAfter(""));
  });

  test("a list that fills the screen and is left", async ({ start, expect }) => {
    const session = start("list -i");
    await session.waitFor("Suspended");
    session.type(keys.interrupt);
    expect(await session.exitCode).toBe(130);
    expect(await stateAfter(session.raw())).toEqual(await stateAfter(""));
  });

  test("rcwh list --watch", async ({ start, expect }) => {
    const session = start("list --watch 2s");
    await session.waitFor("Suspended");
    session.type(keys.interrupt);
    expect(await session.exitCode).toBe(130);
    expect(await stateAfter(session.raw())).toEqual(await stateAfter(""));
  });

  test("nothing that a server writes, as the payloads themselves would not leave it", async ({
    expect,
  }) => {
    expect(await stateAfter(everything)).not.toEqual(await stateAfter(""));
  });
});
