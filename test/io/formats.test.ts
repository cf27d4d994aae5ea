import fc from "fast-check";
import { describe, test } from "vitest";
import { parse } from "yaml";
import { UsageError } from "../../src/errors.ts";
import { type Format, parseFormat } from "../../src/io/format.ts";
import { printRecords, toJson, toYaml } from "../../src/io/formats.ts";
import type { Column } from "../../src/io/table.ts";
import { anyCharacter } from "../support/any-text.ts";
import { collector } from "./streams.ts";

interface Row {
  readonly id: string;
  readonly reason: string;
}

const columns: Column<Row>[] = [
  { title: "id", value: ({ id }) => id },
  { title: "why", key: "reason", value: ({ reason }) => reason, show: () => "shown" },
  { title: "age", value: () => "old", reader: "people" },
  { title: "api", value: () => "platform", reader: "programs" },
];

async function print(format: Format, records: readonly Row[], more = {}): Promise<string> {
  const io = collector(format);
  await printRecords(io, { key: "things", records, columns, ...more });
  return io.lines.join("\n");
}

const rows = [
  { id: "a", reason: "" },
  { id: "b", reason: 'said "no", then\nleft' },
];

describe("parseFormat", () => {
  test("knows six formats", ({ expect }) => {
    for (const format of ["table", "tsv", "json", "ndjson", "csv", "yaml"]) {
      expect(parseFormat(format)).toBe(format);
    }
  });

  test("refuses an unknown format and names its source", ({ expect }) => {
    expect(() => parseFormat("xml")).toThrow(UsageError);
    expect(() => parseFormat("JSON", "RCWH_OUTPUT")).toThrow(
      'Invalid RCWH_OUTPUT value "JSON": use table, tsv, json, ndjson, csv or yaml.',
    );
  });
});

describe("records", () => {
  test("are a table on a terminal", async ({ expect }) => {
    expect(await print("table", rows)).toBe("ID  WHY    AGE\na   shown  old\nb   shown  old");
    expect(await print("table", rows, { cards: true })).toBe(
      "id:  a\nwhy: shown\nage: old\n\nid:  b\nwhy: shown\nage: old",
    );
  });

  test("are TSV without a heading, one line each", async ({ expect }) => {
    expect(await print("tsv", rows)).toBe('a\t\tplatform\nb\tsaid "no", then left\tplatform');
  });

  test("are CSV with a heading", async ({ expect }) => {
    expect(await print("csv", rows)).toBe(
      'id,reason,api\na,,platform\nb,"said ""no"", then left",platform',
    );
  });

  test("are one JSON object", async ({ expect }) => {
    expect(await print("json", rows.slice(0, 1), { extra: { total: 1 } })).toBe(
      '{\n  "schemaVersion": 1,\n  "things": [\n    {\n      "id": "a",\n      "reason": ""\n    }\n  ],\n  "total": 1\n}',
    );
  });

  test("are one JSON object per line in NDJSON", async ({ expect }) => {
    expect(await print("ndjson", rows, { extra: { total: 1 } })).toBe(
      '{"id":"a","reason":""}\n{"id":"b","reason":"said \\"no\\", then\\nleft"}',
    );
  });

  test("are the JSON document as YAML", async ({ expect }) => {
    expect(await print("yaml", rows, { extra: { total: 1 } })).toBe(
      'schemaVersion: 1\nthings:\n  - id: a\n    reason: ""\n  - id: b\n    reason: "said \\"no\\", then\\nleft"\ntotal: 1',
    );
  });

  test("print nothing if empty, except in JSON, YAML and CSV with its heading", async ({
    expect,
  }) => {
    expect(await print("table", [])).toBe("");
    expect(await print("tsv", [])).toBe("");
    expect(await print("ndjson", [])).toBe("");
    expect(await print("csv", [])).toBe("id,reason,api");
    expect(await print("json", [])).toBe('{\n  "schemaVersion": 1,\n  "things": []\n}');
    expect(await print("yaml", [])).toBe("schemaVersion: 1\nthings: []");
  });
});

describe("CSV", () => {
  test("disarms formulas", async ({ expect }) => {
    const armed = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u200b=1", "＝1"];
    const csv = await print(
      "csv",
      armed.map((reason) => ({ id: "a", reason })),
    );
    for (const line of csv.split("\n").slice(1)) expect(line).toMatch(/^a,"?'/);
    expect(await print("csv", [{ id: "a", reason: "a=1" }])).toContain("\na,a=1,");
  });

  test("restores every cell in an RFC 4180 reader", async ({ expect }) => {
    const cell = fc.string().filter((text) => !/^\s*[=+\-@]/.test(text));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ id: cell, reason: cell })), async (records) => {
        const [, ...read] = readCsv(await print("csv", records));
        expect(read).toEqual(records.map(({ id, reason }) => [id, reason, "platform"]));
      }),
    );
  });
});

/** RFC 4180, read character by character. */
function readCsv(text: string): string[][] {
  const table: string[][] = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const row = table.at(-1) ?? [];
    const character = text.charAt(at);
    if (quoted && character === '"' && text[at + 1] === '"') at++;
    else if (character === '"') {
      quoted = !quoted;
      continue;
    } else if (!quoted && character === ",") {
      row.push("");
      continue;
    } else if (!quoted && character === "\n") {
      table.push([""]);
      continue;
    }
    row.push(`${row.pop() ?? ""}${character}`);
  }
  return table;
}

describe("text from the server", () => {
  const anything = fc.record({
    id: fc.string({ unit: anyCharacter }),
    reason: fc.string({ unit: anyCharacter }),
  });

  test("adds no row or column to TSV or CSV and no terminal sequences", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 1 }), async (records) => {
        const tsv = (await print("tsv", records)).split("\n");
        expect(tsv.map((line) => line.split("\t").length)).toEqual(records.map(() => 3));
        const csv = readCsv(await print("csv", records));
        expect(csv.map((row) => row.length)).toEqual([3, ...records.map(() => 3)]);
        expect([...tsv, ...csv.flat()].join("").replaceAll("\t", "")).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
        );
      }),
    );
  });

  test("is escaped in JSON and YAML and restored by parsers", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(anything, async (record) => {
        const document = { schemaVersion: 1, things: [record] };
        const json = toJson(document);
        const yaml = await toYaml(document);
        expect(JSON.parse(json)).toEqual(document);
        expect(parse(yaml)).toEqual(document);
        expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(yaml.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test("is read by a YAML 1.1 reader that knows the types of YAML 1.1", async ({ expect }) => {
    const document = { "=": ["=", "<<", "\u{e0041}a\u{1f4a5}", 1e21, -1e-7] };
    expect(await toYaml(document)).toBe(
      '"=":\n  - "="\n  - "<<"\n  - "\\U000e0041a\u{1f4a5}"\n  - 1.0e+21\n  - -1.0e-7\n',
    );
    for (const version of ["1.1", "1.2"] as const) {
      expect(parse(await toYaml(document), { version })).toEqual(document);
    }
  });

  test("is the same in a YAML 1.1 reader", async ({ expect }) => {
    const document = { a: ["no", "on", "2026-11-22T13:00:00Z", "0x1f", "1_000", "12:30:45", "~"] };
    expect(parse(await toYaml(document), { version: "1.1" })).toEqual(document);
    expect(parse(await toYaml(document))).toEqual(document);
  });
});
