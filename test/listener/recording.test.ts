import { chmod, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe } from "vitest";
import { openRecorder } from "../../src/listener/recorder.ts";
import { toRecordingLine } from "../../src/listener/recording.ts";
import { test } from "../support/rcwh.ts";

describe("a recording", () => {
  for (const [before, after] of [
    ["", "new\n"],
    ["old\n", "old\nnew\n"],
    ['{"half', '{"half\nnew\n'],
  ] as const) {
    test(`continues on a new line after ${JSON.stringify(before)}`, async ({
      directory,
      expect,
    }) => {
      const path = join(directory, "events.ndjson");
      await writeFile(path, before);
      const recorder = await openRecorder(path);
      recorder.write("new");
      await recorder.close();
      expect(await readFile(path, "utf8")).toBe(after);
    });
  }

  test("is readable only by its owner, whether or not it already existed", async ({
    directory,
    expect,
  }) => {
    const old = join(directory, "old.ndjson");
    await writeFile(old, "old\n", { mode: 0o666 });
    await chmod(old, 0o664);
    const link = join(directory, "link.ndjson");
    await symlink(old, link);
    for (const path of [join(directory, "new.ndjson"), link, "/dev/null"]) {
      await (await openRecorder(path)).close();
    }
    const modeOf = async (name: string) => (await stat(join(directory, name))).mode & 0o777;
    expect([await modeOf("new.ndjson"), await modeOf("old.ndjson")]).toEqual([0o600, 0o600]);
    expect((await stat("/dev/null")).mode & 0o777).toBe(0o666);
  });

  test("keeps the text of an event except for its line breaks", ({ expect }) => {
    const text =
      '{\r\n  "event": "/x",\n  "body": { "id": 12345678901234567890, "text": "a\\nb" }\n}';
    const line = toRecordingLine({
      receivedAt: 0,
      transport: "WebHook",
      headers: {},
      text,
      event: JSON.parse(text),
    });
    expect(line).toBe(
      '{"receivedAt":"1970-01-01T00:00:00.000Z","transport":"WebHook","headers":{},"event":{   "event": "/x",   "body": { "id": 12345678901234567890, "text": "a\\nb" } }}',
    );
  });
});
