import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, test } from "vitest";
import { CliError, ExitCode, Interruption } from "../../src/errors.ts";
import { createPrompter } from "../../src/io/create-prompter.ts";
import { WentBack } from "../../src/io/went-back.ts";
import { createStreams, type FakeStreams, openIO } from "./streams.ts";

const never = new AbortController().signal;

async function open(options: Parameters<typeof openIO>[1] = {}, signal = never) {
  const streams = createStreams();
  const prompter = createPrompter(await openIO(streams, { noColor: true, ...options }), signal);
  return { streams, prompter };
}

/** Presses keys once the question is on the screen. */
async function type({ stdin, written }: FakeStreams, question: string, keys: string) {
  while (!written.stderr.includes(question)) await nextTurn();
  for (const key of keys) {
    stdin.write(key);
    await nextTurn();
  }
}

describe("a prompt", () => {
  test("is drawn on stderr and leaves stdout empty", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.confirm("Delete it?");
    await type(streams, "Delete it?", "y\r");
    expect(await answer).toBe(true);
    expect(streams.written.stdout).toBe("");
    expect(streams.written.stderr).toContain("? Delete it? (y/N)");
    expect(streams.written.stderr).toContain("✔ Delete it? Yes");
  });

  test("uses rcwh's colours and only its own words", async ({ expect }) => {
    const { streams, prompter } = await open({ noColor: false });
    const answer = prompter.confirm("Delete it?");
    await type(streams, "Delete it?", "y\r");
    await answer;
    expect(streams.written.stderr).toContain(
      "\u001b[36m?\u001b[39m \u001b[1mDelete it?\u001b[22m \u001b[2m(y/N)\u001b[22m",
    );
  });

  test("has no colours if they are off", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.select("Which?", [{ name: "one", value: 1, description: "first" }]);
    await type(streams, "Which?", "\r");
    await answer;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what must not be there
    expect(streams.written.stderr).not.toMatch(/\u001b\[[\d;]+m/);
  });

  test("shows a stranger's words as words", async ({ expect }) => {
    const { streams, prompter } = await open();
    const words = "a\u001b]0;title\u0007\u009b2J\u202e\nerror: forged";
    const answer = prompter.select(`Which ${words}?`, [
      { name: `name ${words}`, short: `short ${words}`, value: 1, description: `text ${words}` },
    ]);
    await type(streams, "Which a error: forged?", "\r");
    await answer;
    const shown = streams.written.stderr;
    for (const text of ["name a", "text a", "short a"]) expect(shown).toContain(`${text} error:`);
    for (const raw of ["\u001b]", "\u009b", "\u202e", "\u0007", "\nerror"]) {
      expect(shown).not.toContain(raw);
    }
  });

  test("takes Enter as no by default", async ({ expect }) => {
    const first = await open();
    const no = first.prompter.confirm("Sure?");
    await type(first.streams, "Sure?", "\r");
    expect(await no).toBe(false);

    const second = await open();
    const yes = second.prompter.confirm("Sure?", { default: true });
    await type(second.streams, "Sure?", "\r");
    expect(await yes).toBe(true);
  });

  test("asks for text until it is valid", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.input("Name?", {
      validate: (text) => (text.length > 2 ? true : "Too short"),
    });
    await type(streams, "Name?", "ab\r");
    await type(streams, "Too short", "c\r");
    expect(await answer).toBe("abc");
  });

  test("offers a default", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.input("Server?", { default: "https://example.com" });
    await type(streams, "(https://example.com)", "\r");
    expect(await answer).toBe("https://example.com");
  });

  test("never shows a secret", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.secret("JWT?");
    await type(streams, "JWT?", "s3c\u0014ret\r");
    expect(await answer).toBe("s3cret");
    expect(streams.written.stderr).not.toContain("toggle");
    for (const part of ["s3", "s3c", "cret"]) expect(streams.written.stderr).not.toContain(part);
  });

  test("says below a secret what is wrong with it", async ({ expect }) => {
    const { streams, prompter } = await open();
    const validate = (text: string) => text.length > 1 || "Too short";
    const answer = prompter.secret("Token?", { validate });
    await type(streams, "Token?", "a\r");
    await type(streams, "? Token? [hidden]\n> Too short", "bc\r");
    expect(await answer).toBe("bc");
  });

  test("shows of a secret how much came, also of a paste", async ({ expect }) => {
    const { streams, prompter } = await open();
    const jwt = `eyJ.${"x".repeat(890)}`;
    const answer = prompter.secret("JWT?");
    await type(streams, "JWT? [hidden]", "");
    streams.stdin.write(jwt);
    await type(streams, "[hidden: 894 characters]", "\u007f");
    await type(streams, "[hidden: 893 characters]", "\u0015");
    streams.stdin.write("é");
    await type(streams, "[hidden: 1 character]", "\r");
    expect(await answer).toBe("é");
    expect(streams.written.stderr).toContain("✔ JWT? [hidden: 1 character]");
    expect(streams.written.stderr).not.toMatch(/xx|é/);
  });

  test("searches as one types, and says how many more there are", async ({ expect }) => {
    const { streams, prompter } = await open();
    Object.assign(streams.stderr, { rows: 16 });
    const choices = Array.from({ length: 30 }, (_, index) => ({
      name: `row ${index + 1}`,
      value: index + 1,
      description: index === 16 ? "the seventeenth, of posts" : "another one",
    }));
    const answer = prompter.search("Which?", choices);
    await type(streams, "+20 more • type to search", "ro Posts");
    const { length } = streams.written.stderr;
    await type(streams, "the seventeenth", "\r");
    expect(streams.written.stderr.slice(length)).not.toContain("more");
    expect(await answer).toBe(17);
  });

  test("finds nothing without a match and takes another word", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.search("Which?", [{ name: "one", value: 1 }]);
    await type(streams, "one", "x\r");
    await type(streams, "> No results found", "\u007fo\r");
    expect(await answer).toBe(1);
  });

  test("breaks messages between words", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.input("Name?", {
      validate: (text) => text.length > 2 || `That is too short: ${"words ".repeat(20)}end.`,
    });
    await type(streams, "Name?", "ab\r");
    await type(streams, "end.", "c\r");
    await answer;
    expect(streams.written.stderr).toMatch(/words\n/);
    expect(streams.written.stderr).not.toMatch(/w\n|wo\n|wor\n|word\n/);
  });

  test("breaks a long question between words, the answer included", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.confirm(`Replace ${"it and ".repeat(9)}so?`);
    await type(streams, "so?", "y\r");
    await answer;
    expect(streams.written.stderr).toContain("it and\n  so? (y/N)");
    expect(streams.written.stderr).toContain("it and\n  so? Yes");
  });

  test("returns the chosen value itself", async ({ expect }) => {
    const { streams, prompter } = await open();
    const choices = [
      { name: "one", value: { id: 1 } },
      { name: "two", value: { id: 2 }, description: "the second" },
    ];
    const answer = prompter.select("Which?", choices);
    await type(streams, "Which?", "j");
    streams.stdin.write("\u001b[B");
    await type(streams, "the second", "\r");
    expect(await answer).toBe(choices[1]?.value);
  });

  test("can follow another one", async ({ expect }) => {
    const { streams, prompter } = await open();
    const first = prompter.confirm("First?");
    await type(streams, "First?", "y\r");
    await first;
    const second = prompter.confirm("Second?");
    await type(streams, "Second?", "n\r");
    expect(await second).toBe(false);
    expect(streams.stdin.listenerCount("pause")).toBe(0);
  });

  test("erases the progress line first", async ({ expect }) => {
    const streams = createStreams();
    const io = await openIO(streams);
    io.progress("working");
    const answer = createPrompter(io, never).confirm("Go on?");
    await type(streams, "Go on?", "y\r");
    await answer;
    expect(streams.written.stderr).toMatch(/working[^w]*\r.{1,3}\[K.*Go on/s);
  });
});

describe("a cancelled prompt", () => {
  for (const [name, leave] of [
    ["with Ctrl-C", ({ stdin }: FakeStreams) => stdin.write("\u0003")],
    ["with Ctrl-D", ({ stdin }: FakeStreams) => stdin.write("\u0004")],
    ["because the terminal goes away", ({ stdin }: FakeStreams) => stdin.end()],
  ] as const) {
    test(`${name} is an interruption`, async ({ expect }) => {
      const { streams, prompter } = await open();
      const answer = prompter.confirm("Sure?").catch((error: unknown) => error);
      await type(streams, "Sure?", "");
      leave(streams);
      const error = await answer;
      expect(error).toBeInstanceOf(Interruption);
      expect(error).toMatchObject({ exitCode: ExitCode.interrupted, code: "INTERRUPTED" });
    });
  }

  test("by a signal names the signal", async ({ expect }) => {
    const stop = new AbortController();
    const { streams, prompter } = await open({}, stop.signal);
    const answer = prompter.input("Name?").catch((error: unknown) => error);
    await type(streams, "Name?", "ab");
    const reason = new Interruption(ExitCode.terminated);
    stop.abort(reason);
    expect(await answer).toBe(reason);
    await expect(prompter.input("Again?")).rejects.toBe(reason);
  });
});

describe("a prompt and Ctrl-Z", () => {
  test("stops below the question and draws it again", async ({ expect }) => {
    const { streams, prompter } = await open();
    const modes: boolean[] = [];
    Object.assign(streams.stdin, { setRawMode: (raw: boolean) => modes.push(raw) });
    const answer = prompter.search("Which?", [
      { name: "one", value: 1 },
      { name: "two", value: 2 },
    ]);
    await type(streams, "❯ one", "");
    streams.stdin.write("\u001b[B");
    await type(streams, "❯ two", "");
    const before = streams.written.stderr.length;
    modes.length = 0;
    streams.stdin.write("\u001a");
    await type(streams, "(stopped)", "");
    // Four lines below the question: two choices, a blank one and the keys.
    expect(streams.written.stderr.slice(before)).toMatch(
      // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is tested
      /^\u001b\[4B\r\n\(stopped\)\r\? Which\?\n {2}one\n❯ two\n/,
    );
    // The shell may have changed the terminal's mode: it is set in any case.
    expect(modes).toEqual([false, false, true]);
    streams.stdin.write("\r");
    expect(await answer).toBe(2);
    expect(streams.terminal.suspended).toBe(1);
    expect(streams.terminal.views.size).toBe(0);
  });

  test("keeps what was typed, before and after", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.input("Name?");
    await type(streams, "Name?", "");
    streams.stdin.write("ab\u001acd");
    await type(streams, "abcd", "\r");
    expect(await answer).toBe("abcd");
  });

  test("never hides the cursor, which would stay hidden after a kill", async ({ expect }) => {
    const { streams, prompter } = await open();
    const choice = prompter.select("Which?", [{ name: "one", value: 1 }]);
    await type(streams, "Which?", "\r");
    await choice;
    const secret = prompter.secret("JWT?");
    await type(streams, "JWT?", "abc\r");
    await secret;
    expect(streams.written.stderr).not.toContain("\u001b[?25l");
  });
});

describe("a pause", () => {
  const message = "Press any key.";

  async function pause(signal?: AbortSignal) {
    const { streams, prompter } = await open({}, signal);
    const modes: boolean[] = [];
    Object.assign(streams.stdin, { setRawMode: (raw: boolean) => modes.push(raw) });
    const ending = prompter.pause(message).then(
      () => "pressed",
      (error: unknown) => error,
    );
    await type(streams, message, "");
    return { streams, modes, ending };
  }

  test.for([
    ["a letter", "x"],
    ["Enter", "\r"],
    ["an arrow", "\u001b[B"],
    ["two keys at once", "xy"],
  ] as const)("ends with %s, and its line is erased", async ([, keys], { expect }) => {
    const { streams, modes, ending } = await pause();
    expect(modes.at(-1)).toBe(true);
    streams.stdin.write(keys);
    expect(await ending).toBe("pressed");
    expect(streams.written.stderr).toBe(`\r\u001b[K${message}\r\u001b[K`);
    expect(modes.at(-1)).toBe(false);
    expect(streams.terminal.views.size).toBe(0);
  });

  test.for([
    ["Ctrl-C", ({ stdin }: FakeStreams) => stdin.write("\u0003")],
    ["Ctrl-D", ({ stdin }: FakeStreams) => stdin.write("\u0004")],
    ["the end of input", ({ stdin }: FakeStreams) => stdin.end()],
  ] as const)("is interrupted by %s", async ([, leave], { expect }) => {
    const { streams, modes, ending } = await pause();
    leave(streams);
    expect(await ending).toBeInstanceOf(Interruption);
    expect(streams.written.stderr).toBe(`\r\u001b[K${message}\r\u001b[K`);
    expect(modes.at(-1)).toBe(false);
    expect(streams.terminal.views.size).toBe(0);
  });

  test("is interrupted by a signal, and names it", async ({ expect }) => {
    const stop = new AbortController();
    const { modes, ending } = await pause(stop.signal);
    const reason = new Interruption(ExitCode.terminated);
    stop.abort(reason);
    expect(await ending).toBe(reason);
    expect(modes.at(-1)).toBe(false);
  });

  test("goes on after Ctrl-Z", async ({ expect }) => {
    const { streams, modes, ending } = await pause();
    modes.length = 0;
    streams.stdin.write("\u001a");
    await type(streams, `(stopped)\r\r\u001b[K${message}`, "");
    expect(modes).toEqual([false, false, true]);
    streams.stdin.write("x");
    expect(await ending).toBe("pressed");
  });

  test("reads keys before it asks for one", async ({ expect }) => {
    const { streams, prompter } = await open();
    const { stdin, stderr } = streams;
    let isRaw = false;
    const drawn: boolean[] = [];
    const write = stderr.write.bind(stderr);
    Object.assign(stdin, {
      setRawMode(raw: boolean) {
        isRaw = raw;
      },
    });
    Object.assign(stderr, {
      write(text: string) {
        if (text.includes(message)) drawn.push(isRaw);
        return write(text);
      },
    });
    const ending = prompter.pause(message);
    await type(streams, message, "x");
    await ending;
    expect(drawn).toEqual([true]);
  });

  test("can follow another one", async ({ expect }) => {
    const { streams, prompter } = await open();
    for (const key of ["x", "y"]) {
      const ending = prompter.pause(`Press ${key}.`);
      await type(streams, `Press ${key}.`, key);
      await ending;
    }
    expect(streams.stdin.listenerCount("pause")).toBe(0);
  });
});

describe("keys", () => {
  async function press(signal?: AbortSignal) {
    const { streams, prompter } = await open({}, signal);
    const modes: boolean[] = [];
    Object.assign(streams.stdin, { setRawMode: (raw: boolean) => modes.push(raw) });
    const pressed: string[] = [];
    const ending = prompter
      .keys(async (key) => {
        pressed.push(key);
        return key !== "q";
      })
      .then(
        () => "ended",
        (error: unknown) => error,
      );
    while (modes.at(-1) !== true) await nextTurn();
    return { streams, modes, pressed, ending };
  }

  test("are named one by one, until the last one", async ({ expect }) => {
    const { streams, modes, pressed, ending } = await press();
    streams.stdin.write("\u001b[C\u001b[D\u001b[5~\u001b[H");
    streams.stdin.write("+-");
    streams.stdin.write("\u001a");
    streams.stdin.write("xq");
    expect(await ending).toBe("ended");
    expect(pressed).toEqual(["right", "left", "pageup", "home", "+", "-", "x", "q"]);
    expect(streams.terminal.suspended).toBe(1);
    expect(modes.at(-1)).toBe(false);
    expect(streams.terminal.views.size).toBe(0);
  });

  test.for([
    ["Ctrl-C", ({ stdin }: FakeStreams) => stdin.write("\u0003")],
    ["Ctrl-D", ({ stdin }: FakeStreams) => stdin.write("\u0004")],
    ["the end of input", ({ stdin }: FakeStreams) => stdin.end()],
  ] as const)("are interrupted by %s", async ([, leave], { expect }) => {
    const { streams, modes, pressed, ending } = await press();
    leave(streams);
    expect(await ending).toBeInstanceOf(Interruption);
    expect(pressed).toEqual([]);
    expect(modes.at(-1)).toBe(false);
  });

  test("are interrupted by a signal, which they name", async ({ expect }) => {
    const stop = new AbortController();
    const { modes, ending } = await press(stop.signal);
    const reason = new Interruption(ExitCode.terminated);
    stop.abort(reason);
    expect(await ending).toBe(reason);
    expect(modes.at(-1)).toBe(false);
  });
});

describe("a resize", () => {
  test.for(["input", "confirm", "select", "secret"] as const)(
    "lays the question of %s out for the new width",
    async (kind, { expect }) => {
      const { streams, prompter } = await open();
      const question = "Which of the many names that there are should it have";
      const answer =
        kind === "select"
          ? prompter.select(question, [{ name: "one", value: 1 }])
          : prompter[kind](question);
      await type(streams, question, kind === "select" ? "" : "y");
      const { length } = streams.written.stderr;
      Object.assign(streams.stderr, { columns: 40 });
      for (const view of streams.terminal.views) view.redraw();
      const drawn = streams.written.stderr.slice(length);
      expect(drawn).toMatch(/\? Which of the many [a-z ]+\n {2}[a-z ]+have/);
      const typed = { input: "y", confirm: "(y/N) y", select: "❯ one", secret: "[hidden: 1" };
      expect(drawn).toContain(typed[kind]);
      await type(streams, "Which", "\r");
      await answer;
    },
  );
});

describe("a prompt without a terminal", () => {
  test("is a bug", async ({ expect }) => {
    const { prompter } = await open({ noInput: true });
    const error = await prompter.confirm("Sure?").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toBeInstanceOf(CliError);
  });
});

const fruit = [
  { name: "apple", value: "a", group: "sweet" },
  { name: "pear", value: "p", group: "sweet", disabled: "(sold out)" },
  { name: "lemon", value: "l", group: "sour", short: "a lemon" },
];

describe("a prompt where Escape goes back", () => {
  test("is erased, and rejects with WentBack", async ({ expect }) => {
    for (const ask of ["confirm", "input", "secret"] as const) {
      const { streams, prompter } = await open();
      const answer = prompter.withBack[ask]("Which name?");
      answer.catch(() => {});
      await type(streams, "Which name?", "\u001b");
      await expect(answer).rejects.toThrow(WentBack);
      expect(streams.written.stderr.endsWith("\u001b[1A\u001b[J")).toBe(true);
    }
  });

  test("erases the whole of a list, and names the key below it", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.withBack.search("Which?", fruit);
    answer.catch(() => {});
    await type(streams, "esc back", "\u001b");
    await expect(answer).rejects.toThrow(WentBack);
    // The question, two headings, three choices, a blank line and the keys.
    expect(streams.written.stderr.endsWith("\u001b[8A\u001b[J")).toBe(true);
  });

  test("still takes arrows, also in parts", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.withBack.search("Which?", fruit);
    await type(streams, "❯ apple", "\u001b[B\u001b[A\u001b[B");
    await type(streams, "❯ lemon", "\r");
    expect(await answer).toBe("l");
  });
});

describe("a search", () => {
  test("shows groups, and what cannot be chosen", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.search("Which?", fruit);
    await type(streams, "sweet\n❯ apple\n  - pear (sold out)\nsour\n  lemon", "pear\r");
    await type(streams, "pear (sold out)", "\u0015lem\r");
    expect(await answer).toBe("l");
  });

  test("takes several, and keeps them while it searches on", async ({ expect }) => {
    const { streams, prompter } = await open();
    const answer = prompter.searchMany("Which?", fruit, {
      validate: async (values) => values.length === 2 || "Two, please",
    });
    await type(streams, "sweet\n❯ ◯ apple\n  - pear (sold out)\nsour\n  ◯ lemon", "lem\t");
    await type(streams, "chosen: a lemon", "\r");
    await type(streams, "> Two, please", "app\r");
    expect(await answer).toEqual(["l", "a"]);
    expect(streams.written.stderr).toContain("✔ Which? a lemon, apple");
  });

  test("is as high as the terminal at most, however many are chosen", async ({ expect }) => {
    const { streams, prompter } = await open();
    Object.assign(streams.stderr, { columns: 60, rows: 15 });
    const ids = Array.from({ length: 26 }, (_, index) => `00000000-0000-4000-8000-${index}`);
    const choices = ids.map((id) => ({
      ...{ name: `${id} 日本`, short: id, value: id, description: `${id} ${"word ".repeat(20)}` },
    }));
    const options = { chosen: ids, plural: "subscriptions" };
    const answer = prompter.withBack.searchMany("Delete which?", choices, options);
    await type(streams, "26 chosen: 00000000-0000-4000-8000-0, …", "");
    const shown = streams.written.stderr;
    expect(shown.split("\n").length).toBeLessThanOrEqual(15);
    expect(shown).toContain("❯ ◉ 00000000-0000-4000-8000-0 日本");
    for (const line of shown.split("\n")) expect(line.length).toBeLessThanOrEqual(66);
    await type(streams, "done", "\r");
    expect(await answer).toEqual(ids);
    expect(streams.written.stderr).toContain("✔ Delete which? 26 subscriptions\u001b");
  });

  test("keeps an answer whole that does not fit behind the question", async ({ expect }) => {
    const { streams, prompter } = await open();
    Object.assign(streams.stderr, { columns: 50, rows: 15 });
    const id = "00000000-0000-4000-8000-000000000000";
    const answer = prompter.search("Show which one?", [{ name: id, value: id }]);
    await type(streams, "Show", "\r");
    expect(await answer).toBe(id);
    expect(streams.written.stderr).toContain(`✔ Show which one?\n  ${id}\u001b`);
  });

  test("is drawn anew for a terminal of another size", async ({ expect }) => {
    const { streams, prompter } = await open();
    const choices = Array.from({ length: 40 }, (_, value) => ({ name: "日本 ".repeat(14), value }));
    const answer = prompter.search("Which?", choices);
    await type(streams, "to search", "");
    const { length } = streams.written.stderr;
    Object.assign(streams.stderr, { columns: 40, rows: 10 });
    for (const view of streams.terminal.views) view.redraw();
    const drawn = streams.written.stderr.slice(length);
    expect(drawn.startsWith("\r\u001b[J? Which?\n")).toBe(true);
    expect(drawn.split("\n").length).toBeLessThanOrEqual(10);
    expect(drawn).toContain(`❯ ${"日本 ".repeat(7)}…\n`);
    await type(streams, "select", "\r");
    expect(await answer).toBe(0);
  });

  test("ranks what is in names above what is in descriptions, and keeps groups together", async ({
    expect,
  }) => {
    const { streams, prompter } = await open();
    const choices = [
      { name: "groups", value: 1, group: "chat", description: "posts and members" },
      { name: "chats", value: 2, group: "chat", description: "chats" },
      { name: "drafts", value: 3, group: "mail", description: "posts" },
      { name: "posts", value: 4, group: "mail", description: "messages" },
      { name: "posts of mine", value: 5, group: "mail", description: "messages" },
    ];
    const answer = prompter.search("Which?", choices);
    await type(streams, "Which?", "posts");
    const shown = "mail\n❯ posts\n  posts of mine\n  drafts\nchat\n  groups\n";
    await type(streams, shown, "\r");
    expect(await answer).toBe(4);
  });

  test("takes the one under the cursor if none is chosen, and what was chosen before", async ({
    expect,
  }) => {
    const first = await open();
    const one = first.prompter.searchMany("Which?", fruit);
    await type(first.streams, "Which?", "\r");
    expect(await one).toEqual(["a"]);

    const second = await open();
    const same = second.prompter.searchMany("Which?", fruit, { chosen: ["l", "a"] });
    await type(second.streams, "chosen: a lemon, apple", " \r");
    expect(await same).toEqual(["a"]);
  });
});
