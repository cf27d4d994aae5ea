import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { UsageError } from "../../errors.ts";
import { chosen, chosenWords, previewed, previewedOne, refuseAll } from "./chosen-subscriptions.ts";
import { manifestArguments, readManifestArguments, subscription } from "./read-tools.ts";
import {
  type ArgumentSchema,
  flagsOf,
  type Hints,
  type TextSchema,
  type ToolHost,
  type WriteTool,
} from "./tool.ts";

const text: TextSchema = { type: "string" };

const writing: Hints = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: true,
  openWorldHint: false,
};

/** What becomes of subscriptions, in words that others may have written. */
const returningResults = { untrusted: ["/results", "/error"], needsAccount: true } as const;

const filters = (description: string) =>
  ({ type: "array", items: text, maxItems: 200, description }) as const;

const expiresIn = {
  ...text,
  description: "lifetime, such as 7d, 36h or max, or the time of the end",
} as const;

/** A new file for a token, whose name nobody chooses. */
function tokenFlags({ tokenDirectory }: ToolHost): readonly string[] {
  if (tokenDirectory === undefined) return [];
  const name = `verification-token-${randomBytes(6).toString("hex")}.txt`;
  return [`--verification-token-out=${join(tokenDirectory, name)}`];
}

/** The tools of `--allow-write`. Those that generate a verification token are there where it has a place to go. */
export function writeTools(tokenDirectory: string | undefined): readonly WriteTool[] {
  const all = [create(tokenDirectory), update, renew, recover, rotateToken, remove, forget, apply];
  return all.filter((tool) => tool !== rotateToken || tokenDirectory !== undefined);
}

function create(tokenDirectory: string | undefined): WriteTool {
  const generate: ArgumentSchema = {
    type: "boolean",
    description: "generate a verification token, and write it to a file of the user",
  };
  return {
    name: "rcwh_create",
    title: "Create a webhook subscription",
    description:
      "Create a webhook subscription. RingCentral calls the URL at once, and refuses an endpoint that does not answer by its rules: try it with rcwh_check first.",
    command: "create",
    consequence:
      "Creates a subscription: RingCentral calls the URL, and delivers these events to it.",
    arguments: {
      filters: filters("events to deliver: aliases, paths or URIs, see rcwh_filters"),
      url: { ...text, description: "https URL of the endpoint" },
      expiresIn,
      remind: { ...text, description: "add a reminder before expiry, such as 3d or 3d/12h" },
      ifExists: {
        type: "string",
        enum: ["error", "reuse", "new"],
        description: "what to do where the same subscription exists (default: error)",
      },
      ...(tokenDirectory !== undefined && { generateVerificationToken: generate }),
    },
    required: ["filters", "url"],
    hints: { ...writing, destructiveHint: false, idempotentHint: false, openWorldHint: true },
    untrusted: ["/subscriptions", "/error"],
    needsAccount: true,
    words({ filters, generateVerificationToken, ...values }, host) {
      const flags = [
        "create",
        ...flagsOf({ filter: filters ?? [] }, "filter"),
        ...flagsOf(values, "url", "expiresIn", "remind", "ifExists"),
      ];
      if (generateVerificationToken !== true) return { flags };
      return { flags: [...flags, "--generate-verification-token", ...tokenFlags(host)] };
    },
    confirmed: ({ flags }) => ({ flags: [...flags, "--yes"] }),
  };
}

const update: WriteTool = {
  name: "rcwh_update",
  title: "Update a webhook subscription",
  description:
    "Change filters and lifetime in place, or the URL by a replacement: a new subscription is made, then the old one deleted, and both deliver for a moment.",
  command: "update",
  consequence: "Changes this subscription. A new URL means a new subscription with another id.",
  arguments: {
    subscription,
    addFilters: filters("also deliver these events"),
    removeFilters: filters("stop delivering these events"),
    filters: filters("replace the whole set of filters"),
    expiresIn,
    allowShorter: { type: "boolean", description: "let expiresIn shorten the lifetime" },
    url: { ...text, description: "new https URL of the endpoint" },
  },
  required: ["subscription"],
  hints: { ...writing, openWorldHint: true },
  ...returningResults,
  words({ subscription, addFilters, removeFilters, filters, ...values }) {
    const changes = {
      ...(addFilters !== undefined && { addFilter: addFilters }),
      ...(removeFilters !== undefined && { removeFilter: removeFilters }),
      ...(filters !== undefined && { filter: filters }),
    };
    return {
      flags: [
        "update",
        ...flagsOf(changes, "addFilter", "removeFilter", "filter"),
        ...flagsOf(values, "expiresIn", "allowShorter", "url"),
      ],
      operands: [String(subscription)],
    };
  },
  confirmed: previewedOne,
};

const renew: WriteTool = {
  name: "rcwh_renew",
  title: "Renew webhook subscriptions",
  description:
    "Extend subscriptions: those that are named or selected, else all that are due. Blacklisted ones are not revived: see rcwh_recover.",
  command: "renew",
  consequence: "Extends the lifetimes of these subscriptions.",
  arguments: {
    ...chosen,
    within: { ...text, description: "renew what expires within this time, such as 3d" },
    expiresIn,
    recreate: {
      type: "boolean",
      description: "also re-create from rcwh's records what has expired",
    },
  },
  hints: { ...writing, destructiveHint: false },
  ...returningResults,
  words: (values) =>
    chosenWords("renew", values, flagsOf(values, "within", "expiresIn", "recreate")),
  confirmed: previewed,
};

const recover: WriteTool = {
  name: "rcwh_recover",
  title: "Recover blacklisted subscriptions",
  description:
    "Replace blacklisted subscriptions by new ones with the same filters, lifetime and token: those that are named or selected, else all. Fix the endpoint first, and try it with rcwh_check. Events that were missed meanwhile stay lost.",
  command: "recover",
  consequence: "Replaces these subscriptions by new ones with other ids, and deletes the old ones.",
  arguments: chosen,
  hints: { ...writing, openWorldHint: true },
  ...returningResults,
  words: (values) => chosenWords("recover", values),
  confirmed: previewed,
};

const rotateToken: WriteTool = {
  name: "rcwh_rotate_token",
  title: "Rotate a verification token",
  description:
    "Give a subscription a new verification token, by a replacement. The token is written to a file of the user, whose path is in the command line; the endpoint must accept both tokens for a moment.",
  command: "rotate-token",
  consequence:
    "Replaces this subscription by one with another id and a new verification token. Its endpoint must know the token, else it rejects all events.",
  arguments: { subscription },
  required: ["subscription"],
  hints: { ...writing, idempotentHint: false, openWorldHint: true },
  ...returningResults,
  words: ({ subscription }, host) => ({
    flags: ["rotate-token", "--generate-verification-token", ...tokenFlags(host)],
    operands: [String(subscription)],
  }),
  confirmed: previewedOne,
};

const remove: WriteTool = {
  name: "rcwh_delete",
  title: "Delete webhook subscriptions",
  description: "Delete subscriptions, named or selected. RingCentral keeps no copy.",
  command: "delete",
  consequence: "Deletes these subscriptions: their events are no longer delivered.",
  arguments: chosen,
  hints: writing,
  ...returningResults,
  words(values) {
    refuseAll(values, "delete");
    return chosenWords("delete", values);
  },
  confirmed: previewed,
};

const forget: WriteTool = {
  name: "rcwh_forget",
  title: "Forget what is gone",
  description:
    "Drop rcwh's records of subscriptions that RingCentral no longer has, named or selected: they can then no longer be re-created.",
  command: "forget",
  consequence: "Drops these records. Nothing changes at RingCentral.",
  arguments: chosen,
  hints: writing,
  ...returningResults,
  words(values) {
    refuseAll(values, "forget");
    return chosenWords("forget", values);
  },
  confirmed: previewed,
};

const apply: WriteTool = {
  name: "rcwh_apply",
  title: "Apply webhooks as code",
  description:
    "Make RingCentral's webhooks as a file (rcwh.yaml) says, as rcwh_plan shows it. The file must be below the directory that the server runs in.",
  command: "apply",
  consequence: "Creates, updates, replaces and deletes subscriptions as the changes say.",
  arguments: {
    ...manifestArguments,
    allowDeletes: { type: "boolean", description: "delete what the file names no longer" },
  },
  hints: { ...writing, openWorldHint: true },
  untrusted: ["/changes", "/heldBack", "/error"],
  needsAccount: true,
  async words({ allowDeletes, ...values }, host) {
    const { flags, generatesTokens } = await readManifestArguments(values);
    if (generatesTokens && host.tokenDirectory === undefined) {
      throw new UsageError(
        "The file has a verification token generated, which may not be shown here.",
        "Have the user start `rcwh mcp` with --token-directory, or run `rcwh apply`.",
      );
    }
    const tokens = generatesTokens ? tokenFlags(host) : [];
    return {
      flags: [
        "apply",
        ...flags,
        ...flagsOf({ ...(allowDeletes && { allowDeletes }) }, "allowDeletes"),
        ...tokens,
      ],
    };
  },
  confirmed({ flags }, { changes }) {
    const pending = (Array.isArray(changes) ? changes : []).filter(
      ({ action }) => action !== "unchanged",
    );
    return pending.length > 0 ? { flags: [...flags, "--yes"] } : undefined;
  },
};
