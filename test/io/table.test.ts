import { Chalk } from "chalk";
import fc from "fast-check";
import stringWidth from "string-width";
import { describe, test } from "vitest";
import { type Column, renderCards, renderTable } from "../../src/io/table.ts";
import { anyPath, anyUrl } from "../support/any-text.ts";
import { isWhole } from "../support/share.ts";
import { collector } from "./streams.ts";

interface Row {
  readonly id: string;
  readonly status: string;
  readonly address: string;
  readonly filters: readonly string[];
}

const columns: Column<Row>[] = [
  { title: "id", value: ({ id }) => id },
  { title: "status", value: ({ status }) => status },
  { title: "address", value: ({ address }) => address, shrink: "elide" },
  {
    title: "filters",
    value: ({ filters }) => filters.join(","),
    show: ({ filters }) => filters,
    shrink: "wrap",
  },
  { title: "api", value: () => "platform", reader: "programs" },
];

const rows: Row[] = [
  {
    id: "8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44",
    status: "Active",
    address: "https://example.com/ringcentral/webhook",
    filters: ["/restapi/v1.0/account/~/extension/~/presence", "/team-messaging/v1/posts"],
  },
  {
    id: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed",
    status: "Blacklisted",
    address: "https://example.org/",
    filters: ["/restapi/v1.0/glip/posts"],
  },
];

function terminal(width: number) {
  return collector("table", width);
}

describe("a table", () => {
  test("aligns its columns under a heading if they fit", async ({ expect }) => {
    expect(await renderTable(terminal(160), columns, rows)).toMatchInlineSnapshot(`
      "ID                                    STATUS       ADDRESS                                  FILTERS
      8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44  Active       https://example.com/ringcentral/webhook  /restapi/v1.0/account/~/extension/~/presence
                                                                                                  /team-messaging/v1/posts
      1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed  Blacklisted  https://example.org/                     /restapi/v1.0/glip/posts"
    `);
  });

  test("shortens addresses and wraps filters to fit", async ({ expect }) => {
    expect(await renderTable(terminal(110), columns, rows)).toMatchInlineSnapshot(`
      "ID                                    STATUS       ADDRESS                       FILTERS
      8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44  Active       https://exampl…ntral/webhook  /restapi/v1.0/account/~/
                                                                                       extension/~/presence
                                                                                       /team-messaging/v1/posts
      1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed  Blacklisted  https://example.org/          /restapi/v1.0/glip/posts"
    `);
  });

  test("moves flexible columns below the row if they do not fit", async ({ expect }) => {
    expect(await renderTable(terminal(60), columns, rows)).toMatchInlineSnapshot(`
      "ID                                    STATUS
      8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44  Active
        https://example.com/ringcentral/webhook
        /restapi/v1.0/account/~/extension/~/presence
        /team-messaging/v1/posts
      1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed  Blacklisted
        https://example.org/
        /restapi/v1.0/glip/posts"
    `);
  });

  test("becomes cards if the fixed columns do not fit either", async ({ expect }) => {
    expect(await renderTable(terminal(46), columns, rows)).toMatchInlineSnapshot(`
      "id:      8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44
      status:  Active
      address: https://example.com/ringcentral/
               webhook
      filters: /restapi/v1.0/account/~/extension/~/
               presence
               /team-messaging/v1/posts

      id:      1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed
      status:  Blacklisted
      address: https://example.org/
      filters: /restapi/v1.0/glip/posts"
    `);
  });

  test("puts values below their labels if an id is too wide", async ({ expect }) => {
    expect(await renderTable(terminal(40), columns, rows.slice(0, 1))).toMatchInlineSnapshot(`
      "id:
        8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44
      status:
        Active
      address:
        https://example.com/ringcentral/
        webhook
      filters:
        /restapi/v1.0/account/~/extension/~/
        presence
        /team-messaging/v1/posts"
    `);
  });

  test("is only a heading without rows", async ({ expect }) => {
    expect(await renderTable(terminal(80), columns, [])).toBe("ID  STATUS  ADDRESS  FILTERS");
  });

  test("colours text but not padding, and keeps its width", async ({ expect }) => {
    const chalk = new Chalk({ level: 1 });
    const painted = columns.map((column) => ({
      ...column,
      style: (text: string, { status }: Row) =>
        status === "Active" ? chalk.green(text) : chalk.red(text),
    }));
    const io = { ...terminal(110), style: chalk };
    const coloured = await renderTable(io, painted, rows);
    expect(coloured).toContain("\u001b[1mSTATUS\u001b[22m");
    expect(coloured).toContain("\u001b[31mBlacklisted\u001b[39m");
    expect(coloured).not.toMatch(/[ \t]$/m);
    expect(coloured).not.toContain("\u001b[39m\u001b");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is taken away
    const plain = coloured.replace(/\u001b\[\d+m/g, "");
    expect(plain).toBe(await renderTable(terminal(110), columns, rows));
  });

  test("aligns wide characters and emoji", async ({ expect }) => {
    const wide = ["世界", "ab", "🎉x", "e\u0301"].map((name) => ({ name }));
    const table = await renderTable(
      terminal(80),
      [
        { title: "n", value: ({ name }: { name: string }) => name },
        { title: "end", value: () => "|" },
      ],
      wide,
    );
    expect(table.split("\n").map((line) => stringWidth(line))).toEqual([9, 7, 7, 7, 7]);
  });

  test("removes control characters from the server's text", async ({ expect }) => {
    const hostile = [{ text: "a\u001b[2Jb\nc\u202ed" }];
    expect(
      await renderTable(terminal(80), [{ title: "t", value: ({ text }) => text }], hostile),
    ).toBe("T\nab c d");
  });

  test("fits every width from 60 to 200 with whole ids and no trailing spaces", async ({
    expect,
  }) => {
    const row = fc.record({
      id: fc.uuid(),
      status: fc.constantFrom("Active", "Blacklisted"),
      address: fc.oneof(anyUrl, fc.string({ unit: "grapheme", maxLength: 300 })),
      filters: fc.array(fc.oneof(anyPath, fc.string({ unit: "grapheme" })), { maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 60, max: 200 }),
        async (some, width) => {
          const lines = (await renderTable(terminal(width), columns, some)).split("\n");
          for (const line of lines) {
            expect(stringWidth(line)).toBeLessThanOrEqual(width);
            expect(line).not.toMatch(/[ \t]$/);
          }
          for (const { id } of some) expect(lines.some((line) => line.includes(id))).toBe(true);
        },
      ),
      { numRuns: isWhole ? 1000 : 30 },
    );
  });
});

describe("cards", () => {
  test("show an address in full, over several lines if necessary", async ({ expect }) => {
    const address = `https://example.com/${"segment/".repeat(12)}`;
    const [row] = rows;
    const card = row && (await renderCards(terminal(80), columns, [{ ...row, address }]));
    expect(card?.replaceAll(/\n +/g, "")).toContain(`address: ${address}\n`);
  });

  test("omit empty values and put list items one below the other", async ({ expect }) => {
    const [row] = rows;
    const card = row && (await renderCards(terminal(80), columns, [{ ...row, status: "" }]));
    expect(card).toMatchInlineSnapshot(`
      "id:      8f3c2e10-94b1-4a7e-9d55-0c1f6a2b7e44
      address: https://example.com/ringcentral/webhook
      filters: /restapi/v1.0/account/~/extension/~/presence
               /team-messaging/v1/posts"
    `);
  });
});
