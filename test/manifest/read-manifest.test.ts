import { expect, test } from "vitest";
import { UsageError } from "../../src/errors.ts";
import { readManifest } from "../../src/manifest/read-manifest.ts";
import { now } from "../support/rcwh.ts";
import { badFiles } from "./bad-files.ts";

const variables: Readonly<Record<string, string>> = {
  A: "https://example.com/a",
  EMPTY: "",
  TOKEN: "two words",
  RCWH_JWT: "eyJ.secret",
};

function read(text: string) {
  return readManifest(text, "rcwh.yaml", {
    now,
    variables: (name) => variables[name],
    server: async () => "https://platform.ringcentral.com",
    async secretFile(path) {
      if (path === "orders.token") return "s3cret-of-the-file";
      throw new UsageError(`verificationToken: cannot read ${path}: no such file or directory.`);
    },
  });
}

/** Where each `‸` stands, and the text without them. */
function unmark(marked: string) {
  const parts = marked.split("‸");
  const places = parts.slice(0, -1).map((_, index) => {
    const lines = parts
      .slice(0, index + 1)
      .join("")
      .split("\n");
    return `${lines.length}:${(lines.at(-1) ?? "").length + 1}`;
  });
  return { text: parts.join(""), places };
}

test.for(badFiles)(
  "readManifest refuses $title, and says where",
  async ({ text: marked, said }) => {
    const { text, places } = unmark(marked);
    const result = await read(text);
    const problems = "problems" in result ? result.problems : [];
    const found = problems.map(({ file, line, column }) => [file, `${line}:${column}`].join(" "));
    const wanted = said.length > places.length ? said.map(() => places[0]) : places;
    expect(found).toEqual(wanted.map((place) => `rcwh.yaml ${place}`));
    for (const [index, words] of said.entries()) {
      const { message = "", hint = "" } = problems[index] ?? {};
      if (typeof words === "string") expect(`${message} ${hint}`).toContain(words);
      else expect(`${message} ${hint}`).toMatch(words);
    }
  },
);
