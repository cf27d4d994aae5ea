import { stat } from "node:fs/promises";
import type { CommandContext } from "../../context.ts";
import { UsageError } from "../../errors.ts";
import { parseDuration } from "../../subscriptions/lifetime.ts";
import { collect, createCommand, type Manual } from "../flags/command.ts";

export interface McpOptions {
  readonly allowWrite?: true;
  readonly allowPrivateAddresses?: true;
  readonly allowProfile?: readonly string[];
  readonly allowVariable?: readonly string[];
  readonly tokenDirectory?: string;
  readonly callDeadline?: string;
}

const defaultDeadline = "60s";

const manual: Manual = {
  examples: {
    "rcwh mcp --profile acme":
      "read one account; a client starts it: claude mcp add rcwh -- rcwh mcp --profile acme",
    "rcwh mcp --profile emulator --allow-write": "everything, against the emulated RingCentral",
    "rcwh mcp --allow-profile 'acme-*'": "calls may name one of these profiles",
  },
  exitCodes: {
    0: "the client disconnected",
    2: "standard input is a terminal, or a flag is invalid",
    130: "interrupted; 143 after SIGTERM",
  },
};

export function createMcpCommand(context: CommandContext, run = runMcp) {
  return createCommand("mcp", context, manual)
    .description(
      'Serve tools for agents over standard input and output, by the Model Context Protocol: list, show, filters, check, explain, status, doctor and plan, with the JSON that these commands print. --allow-write adds tools that change something, each with a preview first. Queries of URLs, tokens and other secrets are left out, and text written by others is marked. Most clients are configured with { "mcpServers": { "rcwh": { "command": "rcwh", "args": ["mcp"] } } }; VS Code says "servers".',
    )
    .optionsGroup("What calls may do:")
    .option("--allow-write", "change subscriptions, after a preview and its confirmation")
    .option(
      "--allow-private-addresses",
      "let check connect to this machine and private networks, too",
    )
    .option("--allow-profile <glob>", "let calls name these profiles; repeatable", collect)
    .option(
      "--allow-variable <name>",
      "let rcwh.yaml use this environment variable; repeatable",
      collect,
    )
    .option(
      "--token-directory <path>",
      "write generated verification tokens to new files (0600) in this directory",
    )
    .option("--call-deadline <duration>", `limit for one call (default: ${defaultDeadline})`)
    .action((options) => run(options, context));
}

export async function runMcp(options: McpOptions, context: CommandContext): Promise<void> {
  const { io, settings } = context;
  const deadline = options.callDeadline ?? defaultDeadline;
  parseDuration(deadline, "--call-deadline");
  if (settings.showSecrets) {
    throw new UsageError("`rcwh mcp` shows no secrets.", "Leave out --show-secrets.");
  }
  if (!settings.tokenCache) {
    throw new UsageError(
      "With --no-token-cache each call would sign in again, and RingCentral allows five logins a minute.",
      "Leave out --no-token-cache.",
    );
  }
  if (options.tokenDirectory !== undefined) await requireDirectory(options.tokenDirectory);
  if (io.stdin.isTTY) throw notForTerminals();
  const { serveMcp } = await import("./serve-mcp.ts");
  await serveMcp(context, {
    allowWrite: options.allowWrite ?? false,
    allowPrivateAddresses: options.allowPrivateAddresses ?? false,
    tokenDirectory: options.tokenDirectory,
    profiles: options.allowProfile ?? [],
    variables: options.allowVariable ?? [],
    deadline,
  });
}

function notForTerminals(): UsageError {
  return new UsageError(
    "`rcwh mcp` is started by a client of the Model Context Protocol, not in a terminal.",
    [
      "Claude Code: `claude mcp add rcwh -- rcwh mcp`",
      "Codex: `codex mcp add rcwh -- rcwh mcp`",
      'Cursor, Claude Desktop and others: { "mcpServers": { "rcwh": { "command": "rcwh", "args": ["mcp"] } } }',
      'VS Code, in .vscode/mcp.json: { "servers": { "rcwh": { "command": "rcwh", "args": ["mcp"] } } }',
      "More in `rcwh help docs agents`.",
    ],
  );
}

async function requireDirectory(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new UsageError(
    `--token-directory: ${path} is not a directory.`,
    "Create it first, readable only by you.",
  );
}
