import { dirname, isAbsolute, join } from "node:path";
import type { CommandContext } from "../context.ts";
import { CliError, UsageError } from "../errors.ts";
import { closest } from "../filters/edit-distance.ts";
import { readSecretFile } from "../machine/secret-file.ts";
import { shellWord } from "../machine/shell-word.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { manifestError } from "../manifest/reading/problems.ts";
import { findProfile, readManifest } from "../manifest/reading/read-manifest.ts";
import type { Remark } from "../manifest/reading/read-webhook.ts";
import type { AccountFlags } from "./accounts/accounts.ts";
import { warnOfSecretInArguments } from "./secrets.ts";
import { readText } from "./text-input.ts";

export interface ManifestFlags {
  readonly file?: string;
  /** `NAME=value`. */
  readonly var?: readonly string[];
}

/** Of a saved plan: its path, and that of the file it was made from. */
export interface PlanSource {
  readonly plan: string;
  readonly from: string | undefined;
}

/** Characters. 10,000 webhooks have a third of them. */
const largest = 4_000_000;

/** The manifest for one account, with the variables that only this account has. */
export type ManifestOf = (
  account: CommandContext,
  variables?: Readonly<Record<string, string>>,
) => Promise<Manifest>;

/** The flags as they were typed. */
function wordsOf({ file, var: variables = [] }: ManifestFlags): string {
  const words = [
    ...(file === undefined ? [] : ["-f", file]),
    ...variables.flatMap((each) => ["--var", each]),
  ];
  return words.map(shellWord).join(" ");
}

/** The manifest that the flags name. Throws what `openManifest` and its result throw. */
export async function loadManifest(
  context: CommandContext,
  flags: ManifestFlags,
  source?: PlanSource,
) {
  return (await openManifest(context, flags, source))(context);
}

/**
 * Reads the file that the flags name, once, to be checked for one account after the other. Throws UsageError if it
 * cannot be read, and the result does for a file with problems: one that tells all of them.
 */
export async function openManifest(
  context: CommandContext,
  flags: ManifestFlags & Pick<AccountFlags, "profilesFrom">,
  source?: PlanSource,
): Promise<ManifestOf> {
  const { file: path = "rcwh.yaml", profilesFrom } = flags;
  if (path === "-" && profilesFrom === "-") {
    throw new UsageError(
      "-f - and --profiles-from - cannot both read standard input.",
      "Give the path of a file to one of them.",
    );
  }
  const assigned = parseAssignments(flags.var ?? []);
  const text = await readFile(path, flags, context, source);
  const file = path === "-" ? "standard input" : path;
  let hasRemarked = false;
  const asked = new Set<string>();
  const valueFor = (name: string) => {
    asked.add(name);
    return assigned.get(name);
  };
  const find = (name: string) => valueFor(name) ?? own(context.env, name);
  // What names an account is needed before the file is checked: where a run is recorded depends on it.
  const profile = await findProfile(text, find);
  if (profile !== undefined) context.preferProfile(profile);

  return async (account, variables = {}) => {
    const { clock, env, io, redactor, signal } = account;
    let failure: CliError | undefined;
    const result = await readManifest(text, file, {
      now: clock.now(),
      variables: (name) => valueFor(name) ?? own(variables, name) ?? own(env, name),
      async server(profile) {
        if (profile !== undefined) account.preferProfile(profile);
        try {
          return (await account.identity()).server;
        } catch (error) {
          if (!(error instanceof CliError)) throw error;
          // What is wrong with the file comes first. This server takes every URL that another one does.
          failure = error;
          return "http://127.0.0.1";
        }
      },
      async secretFile(name) {
        const where = path === "-" || isAbsolute(name) ? name : join(dirname(path), name);
        return readSecretFile(where, "verificationToken", signal);
      },
    });
    if ("problems" in result) throw manifestError(result.problems);
    refuseUnused(assigned, asked);
    if (failure) throw failure;
    const { manifest, remarks } = result;
    const tokens = manifest.webhooks.flatMap(({ verificationToken: token }) =>
      token && "given" in token ? [token.given] : [],
    );
    redactor.add(...tokens);
    // Only now: a variable may hold one of them.
    const words = wordsOf(flags);
    if (words !== "") context.nameManifest(words);
    for (const { address } of manifest.webhooks) redactor.addAddress(address);
    if (!hasRemarked) {
      const values = new Set(assigned.values());
      if (tokens.some((token) => values.has(token))) {
        warnOfSecretInArguments("--var", "a variable of the environment", io);
      }
      for (const remark of remarks) tell(remark, account);
    }
    hasRemarked = true;
    return manifest;
  };
}

async function readFile(
  path: string,
  flags: ManifestFlags,
  context: CommandContext,
  source: PlanSource | undefined,
) {
  let text: string;
  try {
    text = await readText(path, "--file", context);
  } catch (error) {
    const isMissing = (error as { cause?: { code?: string } }).cause?.code === "ENOENT";
    if (flags.file !== undefined || !isMissing) throw error;
    if (source) throw fileOfPlan(source, error);
    throw new UsageError(
      "There is no rcwh.yaml in this directory.",
      "Name another file with -f, or write what exists with `rcwh export --out rcwh.yaml`.",
      { cause: error },
    );
  }
  if (text.length <= largest) return text;
  throw new UsageError(
    `Cannot read ${path}: it is larger than ${largest / 1_000_000} MB.`,
    "Check that this is the right file.",
  );
}

/** A plan has hashes of what the file asks for, and no tokens: it cannot be applied without the file. */
function fileOfPlan({ plan, from }: PlanSource, cause: unknown): UsageError {
  const isKnown = from !== undefined && from !== "-" && from !== "rcwh.yaml";
  const needs = isKnown
    ? `was made from ${from}, and needs it`
    : "needs the file that it was made from";
  return new UsageError(
    `${plan} ${needs} to be applied; there is no rcwh.yaml in this directory.`,
    `Add the file, and its --var if it has any: \`rcwh apply ${shellWord(plan)} -f ${isKnown ? shellWord(from) : "<path>"}\`.`,
    { cause },
  );
}

/** Variables have no values that every object inherits. */
function own(record: Readonly<Record<string, string | undefined>>, name: string) {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function parseAssignments(texts: readonly string[]): ReadonlyMap<string, string> {
  const assigned = new Map<string, string>();
  for (const text of texts) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      // What is not a name may be a secret.
      throw new UsageError(
        "Invalid --var value: must be a name, = and a value.",
        "Write it like --var PUBLIC_URL=https://example.com.",
      );
    }
    if (assigned.has(name)) {
      throw new UsageError(`--var ${name} is given twice.`, "Give it once.");
    }
    assigned.set(name, value);
  }
  return assigned;
}

/** A name that the file does not use is a mistake: its value would be missing elsewhere. */
function refuseUnused(assigned: ReadonlyMap<string, string>, asked: ReadonlySet<string>): void {
  const unused = [...assigned.keys()].find((name) => !asked.has(name));
  if (unused === undefined) return;
  const similar = closest(unused, [...asked]);
  throw new UsageError(
    `The file has no variable ${unused}.`,
    similar === undefined ? "Remove this --var." : `Did you mean --var ${similar}=…?`,
  );
}

function tell({ kind, file, line, column, message }: Remark, { io }: CommandContext): void {
  const text = `${file}:${line}:${column}: ${message}`;
  if (kind === "warning") io.warn(text);
  else io.detail(text);
}
