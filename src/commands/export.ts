import { writeFile } from "node:fs/promises";
import { emulatorProfile, environmentProfile } from "../config/profile-name.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import { isJson } from "../io/format.ts";
import { toJson } from "../io/formats.ts";
import type { Account } from "../lifecycle/account.ts";
import { type Inventory, type OwnedSubscription, takeInventory } from "../lifecycle/inventory.ts";
import { malformedOutsiders } from "../lifecycle/malformed.ts";
import { findMissing } from "../lifecycle/missing.ts";
import { serverNow } from "../lifecycle/server-clock.ts";
import { replaceFile } from "../machine/atomic-write.ts";
import { isFileError, roomHint } from "../machine/file-error.ts";
import { type ExportedWebhook, exportManifest } from "../manifest/export/export-manifest.ts";
import { findHalfReplaced } from "../manifest/export/half-replaced.ts";
import { confirm } from "../operations/confirm.ts";
import { openAccount } from "../operations/open-account.ts";
import { countIs, pluralize } from "../phrases.ts";
import { isSelective, selectSubscriptions } from "../subscriptions/select.ts";
import { allFilters } from "../subscriptions/subscription-filters.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { authFailure, tryLater } from "./flags/exit-codes.ts";
import { addSelectorFlags, createSelector, type SelectorFlags } from "./flags/selector-flags.ts";

export interface ExportOptions extends SelectorFlags {
  readonly out?: string;
  readonly name?: string;
  readonly adopt?: true;
}

const manual: Manual = {
  commonFlags: ["--url", "--filter", "--out", "--name", "--adopt"],
  examples: {
    "rcwh export": "everything that this user created with this app",
    "rcwh export --out rcwh.yaml": "into a file, which `rcwh plan` reads",
    "rcwh export --out rcwh.yaml --adopt":
      "and record the names: `rcwh apply` manages these webhooks",
    "rcwh export --url 'https://example.com/*'": "some of them",
    "rcwh export | rcwh plan -f -": "check an export: this shows no changes",
  },
  json: '{ "schemaVersion": 1, "version": 1, "name", "profile", "webhooks": {} }',
  exitCodes: {
    1: "the file could not be written",
    3: "no such subscription or profile",
    4: authFailure,
    5: tryLater,
    9: "the file exists, and nobody could confirm (see --yes); nothing was changed",
  },
};

export function createExportCommand(context: CommandContext, run = exportWebhooks) {
  const command = createCommand("export", context, manual)
    .description(
      "Print existing webhooks as rcwh.yaml, with short filters, names made from URLs, and lifetimes as requested. Verification tokens are never written: a comment says what to put there. A comment at the end lists what the file cannot contain, such as WebSocket subscriptions. Includes the webinar API if a record names it, or with --api all.",
    )
    .argument("[selector...]", "ids, unique prefixes of ids, or URLs");
  return addSelectorFlags(command)
    .optionsGroup("The file:")
    .option("-O, --out <path>", "write to this file; asks before replacing one")
    .option("--name <name>", "name of the file itself (default: as on record, else default)")
    .option("--adopt", "record the names, so that `rcwh apply` manages these webhooks")
    .action((selectors, options) => run(selectors, options, context));
}

export async function exportWebhooks(
  selectors: readonly string[],
  options: ExportOptions,
  context: CommandContext,
): Promise<void> {
  const { io, settings } = context;
  const selector = createSelector(selectors, options);
  const { name, out, adopt = false } = options;
  if (name !== undefined && !/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}$/u.test(name)) {
    throw new UsageError(
      `Invalid --name value ${JSON.stringify(name)}: not a name.`,
      "Use up to 100 letters, digits, dots, dashes and underscores, a letter or digit first.",
    );
  }
  const account = await openAccount(context);
  const taken = await takeInventory(account);
  const { replaced, records } = await findHalfReplaced(account, taken);
  const inventory = { ...taken, records };
  const { own, malformed } = inventory;
  const isSome = isSelective(selector) || selectors.length > 0;
  const chosen = isSome
    ? selectSubscriptions(inventory.subscriptions, selector, {
        ...{ now: serverNow(account), own, outsiders: malformedOutsiders(inventory) },
      })
    : inventory.subscriptions;
  const { profile, server } = await context.identity();
  const isNamed = settings.profileByFlag || profile === emulatorProfile;
  const manifest = name ?? manifestOf(chosen, inventory);
  const { text, webhooks, leftOut } = exportManifest(chosen, {
    ...{ records, own, server, manifest, replaced, takesOneOfDuplicates: adopt },
    malformed: isSome ? [] : malformed,
    profile: isNamed && profile !== environmentProfile ? profile : undefined,
  });
  // Whole URLs, in which some parts look like secrets, and no verification token.
  if (out !== undefined) await write(out, text, context);
  if (isJson(io.format)) await printJson(text, io);
  else if (out === undefined) io.stdout.write(context.redactor.data(text));
  for (const webhook of partedOf(chosen, inventory, manifest)) {
    io.warn(
      `"${webhook}" is for several extensions, which only its own file lists: copy it from there, or \`rcwh apply\` will plan to delete it.`,
    );
  }
  if (adopt) await keepNames(account, inventory, manifest, webhooks);
  const rest = leftOut === 0 ? "" : ` ${countIs(leftOut)} left out: see the end of the file.`;
  const where = out === undefined ? "" : ` in ${out}`;
  const count = new Set(webhooks.map((one) => one.name)).size;
  io.note(`${pluralize(count, "webhook")}${where}.${rest}`);
  const gone = isSome ? [] : await findMissing(account, inventory);
  if (gone.length > 0) {
    io.note(`${countIs(gone.length)} only on record: see \`rcwh list --recorded\`.`);
  }
}

/** The same without its comments. `rcwh plan` reads this, too. */
async function printJson(text: string, { data, format }: CommandContext["io"]): Promise<void> {
  const { parse } = await import("yaml");
  const document = { schemaVersion: 1, ...parse(text) };
  data(toJson(document, format === "json" ? 2 : undefined));
}

/** The one file that manages them, if there is one: else plan would find other names on record. */
function manifestOf(chosen: readonly OwnedSubscription[], { records }: Inventory): string {
  const names = new Set(chosen.flatMap(({ id }) => records.get(id)?.managedAs?.manifest ?? []));
  const [only] = names;
  return names.size === 1 && only !== undefined ? only : "default";
}

/** The webhooks that several subscriptions share. */
function partedOf(
  chosen: readonly OwnedSubscription[],
  { records }: Inventory,
  manifest: string,
): ReadonlySet<string> {
  const managed = chosen.flatMap(({ id }) => records.get(id)?.managedAs ?? []);
  const parts = managed.filter((each) => each.manifest === manifest && each.part !== undefined);
  return new Set(parts.map(({ webhook }) => webhook));
}

async function write(path: string, text: string, context: CommandContext): Promise<void> {
  const unchanged = "Nothing was changed.";
  try {
    await writeFile(path, text, { flag: "wx", mode: 0o600, flush: true });
  } catch (error) {
    if (!isFileError(error)) throw error;
    if (error.code !== "EEXIST") throw unwritable(path, error);
    await confirm(context, `Replace ${path}?`, unchanged);
    await replaceFile(path, text, { durable: true }).catch((cause: unknown) => {
      throw isFileError(cause) ? unwritable(path, cause) : cause;
    });
  }
}

function unwritable(path: string, cause: Parameters<typeof roomHint>[0]): UsageError {
  return new UsageError(
    `--out: cannot write ${path} (${cause.code}). Nothing was changed.`,
    roomHint(cause) ?? "Give a path that you can write to.",
    { cause },
  );
}

async function keepNames(
  { records }: Account,
  { own }: Inventory,
  manifest: string,
  webhooks: readonly ExportedWebhook[],
): Promise<void> {
  for (const { name, subscription, part } of webhooks) {
    const { id, api, deliveryMode, expirationTime } = subscription;
    const eventFilters = allFilters(subscription, own);
    const address = deliveryMode.address ?? "";
    await records.edit(id, (current) => ({
      ...(current ?? { id, api, eventFilters, address, expirationTime, foreign: true }),
      managedAs: {
        ...current?.managedAs,
        ...{ manifest, webhook: name },
        ...(part !== undefined && { part }),
      },
    }));
  }
}
