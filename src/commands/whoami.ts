import { describeUser } from "../api/describe-user.ts";
import type { CommandContext } from "../context.ts";
import { CliError, withHint } from "../errors.ts";
import { createCommand, type Manual } from "./flags/command.ts";
import { tryLater } from "./flags/exit-codes.ts";
import { identityShape, printIdentity } from "./output/print-identity.ts";

const manual: Manual = {
  examples: {
    "rcwh whoami": "show the current user",
    "rcwh whoami --profile acme": "show the user of another profile",
    "rcwh whoami --json | jq -r '.identities[0].server'": "print one value for a script",
  },
  json: identityShape,
  exitCodes: {
    0: "signed in",
    3: "profile not found",
    4: "not signed in, or the credentials were rejected",
    5: tryLater,
  },
};

export function createWhoamiCommand(context: CommandContext, run = whoami) {
  return createCommand("whoami", context, manual)
    .description("Show the signed-in user, the server, and the source of the credentials.")
    .action(() => run(context));
}

export async function whoami(context: CommandContext): Promise<void> {
  const identity = await context.identity();
  const client = await context.api();
  try {
    const user = await describeUser(client, await client.session(), context.io.note, false);
    // Read again: the session may have been replaced since.
    await printIdentity(context, identity, await client.session(), user);
  } catch (error) {
    // Other commands name `rcwh whoami` to see the server. Here it would lead back to this error.
    if (!(error instanceof CliError) || !error.hint?.includes("`rcwh whoami`")) throw error;
    const { server, source } = identity;
    throw withHint(error, `Check the server's URL, ${server}: it comes from ${source}.`);
  }
}
