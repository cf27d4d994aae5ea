import type { CommandContext } from "../context.ts";
import { describeUser } from "../operations/describe-user.ts";
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
  const user = await describeUser(client, await client.session(), context.io, false);
  // Read again: the session may have been replaced since.
  await printIdentity(context, identity, await client.session(), user);
}
