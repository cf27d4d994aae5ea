import { CliError, ExitCode, UsageError } from "../../errors.ts";
import { findManifest } from "./manifest-file.ts";
import {
  type Arguments,
  flag,
  flagsOf,
  type Hints,
  type ReadTool,
  type TextSchema,
  type ToolHost,
} from "./tool.ts";

const text: TextSchema = { type: "string" };
const short: TextSchema = { type: "string", maxLength: 200 };

/** Reads, and only from RingCentral or this machine. */
const reading: Hints = {
  readOnlyHint: true,
  destructiveHint: false,
  idempotentHint: true,
  openWorldHint: false,
};

/** The flags of `list`, as arguments. */
export const selection = {
  status: {
    ...short,
    description: "active, unhealthy (any status but Active), or a status such as Blacklisted",
  },
  filter: { ...text, description: "with this event filter, alias or glob, such as sms" },
  url: { ...text, description: "delivering to this URL or glob, such as https://example.com/*" },
  expiringWithin: { ...short, description: "expiring within this time, such as 48h or 7d" },
} as const;

/** The file of `plan` and `apply`. */
export const manifestArguments = {
  file: { ...text, description: "path of the file (default: rcwh.yaml)" },
  target: {
    type: "array",
    items: short,
    maxItems: 100,
    description: "only these webhooks of the file, by name",
  },
  variables: {
    type: "array",
    items: text,
    maxItems: 100,
    description: "variables of the file, each as NAME=value",
  },
} as const;

/** A subscription, named by an argument. */
export const subscription = {
  ...text,
  description: "id of the subscription, or a unique prefix of it (4 characters or more)",
} as const;

export const readTools: readonly ReadTool[] = [
  {
    name: "rcwh_list",
    title: "List webhook subscriptions",
    description:
      "List the RingCentral webhook subscriptions of the account, soonest to expire first: id, status, expirationTime, eventFilters, address. An app and user only see their own. Any status but Active delivers nothing.",
    command: "list",
    arguments: {
      ...selection,
      recorded: {
        type: "boolean",
        description: "also what rcwh has on record and RingCentral no longer has",
      },
    },
    hints: reading,
    untrusted: ["/subscriptions", "/error"],
    needsAccount: true,
    words: (values) => ({
      flags: ["list", ...flagsOf(values, "status", "filter", "url", "expiringWithin", "recorded")],
    }),
  },
  {
    name: "rcwh_show",
    title: "Show one webhook subscription",
    description:
      "Show one subscription in full: what rcwh_list has, and what rcwh has on record of it, such as the lifetime it was created with.",
    command: "show",
    arguments: { subscription },
    required: ["subscription"],
    hints: reading,
    untrusted: ["/subscriptions", "/error"],
    needsAccount: true,
    words: ({ subscription }) => ({ flags: ["show"], operands: [String(subscription)] }),
  },
  {
    name: "rcwh_filters",
    title: "Search event filters",
    description:
      "Search RingCentral's event filters: path, alias, meaning, needed permission. Give a query: the whole catalogue is 45 kB. With `filter`, show one of them with a sample event. Needs no account.",
    command: "filters",
    arguments: {
      query: { ...short, description: "words that must all match, such as sms or ReadPresence" },
      filter: { ...text, description: "one filter, by alias, path or name, such as voicemail" },
    },
    hints: reading,
    untrusted: [],
    needsAccount: false,
    words({ query, filter }) {
      if (query !== undefined && filter !== undefined) {
        throw new UsageError('"query" and "filter" cannot be used together.', "Use one of them.");
      }
      if (filter !== undefined) return { flags: ["filters", "show"], operands: [String(filter)] };
      const words = String(query ?? "")
        .split(/\s+/)
        .filter(Boolean);
      return { flags: ["filters"], operands: words };
    },
  },
  {
    name: "rcwh_check",
    title: "Check an endpoint",
    description:
      "Check an endpoint against RingCentral's rules, from this machine: DNS, TLS, handshake, time and size of its answer. A row for each rule, with RingCentral's code and what to do. Sends handshakes, no event. Give the URL of a public endpoint, or a subscription, whose URL is used with its query.",
    command: "check",
    arguments: {
      url: { ...text, description: "URL of the endpoint, such as https://example.com/hook" },
      subscription: { ...subscription, description: "id of the subscription whose URL to check" },
      samples: {
        type: "integer",
        minimum: 1,
        maximum: 20,
        description: "number of handshakes to time",
      },
    },
    hints: { ...reading, openWorldHint: true },
    untrusted: ["/checks", "/error"],
    needsAccount: true,
    reportsFailures: true,
    async words({ url, subscription, samples }, host) {
      if ((url === undefined) === (subscription === undefined)) {
        throw new UsageError('Give either "url" or "subscription".');
      }
      const flags = ["check", "--no-event", ...flag("--samples", samples)];
      // RingCentral calls this one anyway.
      if (subscription !== undefined) {
        return { flags, operands: [await addressOf(String(subscription), host)] };
      }
      const guarded = host.allowPrivateAddresses ? [] : ["--public-only"];
      return { flags: [...flags, ...guarded], operands: [String(url)] };
    },
  },
  {
    name: "rcwh_explain",
    title: "Explain an error code",
    description:
      "Explain a code of RingCentral or rcwh (SUB-525, CMN-401, OAU-251, a blacklist reason, an exit code) or the message that has it: meaning, causes and remedies. Needs no account.",
    command: "explain",
    arguments: { code: { ...text, description: "a code such as SUB-525, or a whole message" } },
    required: ["code"],
    hints: reading,
    untrusted: [],
    needsAccount: false,
    words: ({ code }) => ({ flags: ["explain"], operands: [String(code)] }),
  },
  {
    name: "rcwh_status",
    title: "Show the last unattended run",
    description:
      "Show when the last unattended run (rcwh renew or ensure, by cron) ended, and how. exitCode 8 means that it failed, is too old, or never happened: subscriptions may expire.",
    command: "status",
    arguments: {
      maxAge: { ...short, description: "how old the last success may be, such as 26h" },
    },
    hints: reading,
    untrusted: ["/runs", "/error"],
    needsAccount: true,
    words: (values) => ({ flags: ["status", ...flagsOf(values, "maxAge")] }),
  },
  {
    name: "rcwh_doctor",
    title: "Check the setup",
    description:
      "Check everything that a run needs: configuration, credentials, clock, server, permissions, quota, subscriptions, last run. A row for each, with what to do.",
    command: "doctor",
    arguments: {},
    hints: reading,
    untrusted: ["/checks", "/error"],
    needsAccount: true,
    reportsFailures: true,
    words: () => ({ flags: ["doctor"] }),
  },
  {
    name: "rcwh_plan",
    title: "Plan webhooks as code",
    description:
      "Show what would change for RingCentral to have the webhooks of a file (rcwh.yaml), and why. Changes nothing. exitCode 8 means that changes are pending. The file must be below the directory that the server runs in.",
    command: "plan",
    arguments: manifestArguments,
    hints: reading,
    untrusted: ["/changes", "/heldBack", "/error"],
    needsAccount: true,
    async words(values) {
      const { flags } = await readManifestArguments(values);
      return { flags: ["plan", ...flags] };
    },
  },
];

/** For `plan` and `apply`. */
export async function readManifestArguments({ file, target, variables }: Arguments) {
  const { path, generatesTokens } = await findManifest(
    file === undefined ? undefined : String(file),
  );
  return {
    flags: [`--file=${path}`, ...flag("--target", target), ...flag("--var", variables)],
    generatesTokens,
  };
}

/** The whole URL of a subscription, which the caller does not get to see. */
async function addressOf(id: string, host: ToolHost): Promise<string> {
  const { subscriptions } = (await host.read({ flags: ["show"], operands: [id] })) as {
    subscriptions?: readonly { readonly deliveryMode?: { readonly address?: unknown } }[];
  };
  const address = subscriptions?.[0]?.deliveryMode?.address;
  if (typeof address === "string" && /^https?:/i.test(address)) return address;
  throw new CliError("The subscription has no URL to check.", {
    exitCode: ExitCode.usage,
    code: "USAGE",
    hint: "Only a WebHook subscription has one.",
  });
}
