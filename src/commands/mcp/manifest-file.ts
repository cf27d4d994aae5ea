import { readFile, realpath } from "node:fs/promises";
import { dirname, isAbsolute, relative, resolve, sep } from "node:path";
import { UsageError } from "../../errors.ts";
import { isFileError } from "../../machine/file-error.ts";

/** What a manifest asks for beyond webhooks. */
export interface ManifestFacts {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Whether it has rcwh generate verification tokens. */
  readonly generatesTokens: boolean;
}

/**
 * The manifest at a path, which has to be below the working directory, as have to be the files of verification tokens
 * that it names: whoever chooses the path may be somebody else than whoever may read the rest of this machine.
 */
export async function findManifest(path = "rcwh.yaml"): Promise<ManifestFacts> {
  const root = await realpath(".");
  const found = await insideOf(root, path, `The file ${path}`);
  const webhooks = await webhooksIn(found);
  const tokens = webhooks.flatMap(({ verificationToken: token }) =>
    typeof token === "object" && token !== null
      ? [token as { file?: unknown; generate?: unknown }]
      : [],
  );
  for (const { file } of tokens) {
    if (typeof file !== "string") continue;
    await insideOf(root, resolve(dirname(found), file), "A verificationToken's file");
  }
  return { path: found, generatesTokens: tokens.some(({ generate }) => generate === true) };
}

async function insideOf(root: string, path: string, what: string): Promise<string> {
  const refusal = new UsageError(
    `${what} is not below the directory that \`rcwh mcp\` runs in.`,
    "Start it in the directory of the file.",
  );
  try {
    const found = await realpath(path);
    const way = relative(root, found);
    if (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return found;
    throw refusal;
  } catch (error) {
    if (!isFileError(error)) throw error;
    // What exists elsewhere is not told either.
    if (isAbsolute(path) || path.split(/[\\/]/).includes("..")) throw refusal;
    throw new UsageError(`Cannot read ${path} (${error.code}).`, undefined, { cause: error });
  }
}

/** Characters; as `rcwh plan` takes. */
const largest = 4_000_000;

/** None where the file is not one: `rcwh plan` says what is wrong with it. */
async function webhooksIn(path: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  if (text.length > largest) return [];
  const { parseDocument } = await import("yaml");
  let content: unknown;
  try {
    content = parseDocument(text).toJS();
  } catch {
    return [];
  }
  const { webhooks = {} } = Object(content) as { webhooks?: unknown };
  return Object.values(Object(webhooks) as object).map((each) => Object(each));
}
