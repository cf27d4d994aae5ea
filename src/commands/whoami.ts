import type { CommandContext } from "../context.ts";
import { describeUser } from "../operations/describe-user.ts";
import { createCommand, renderManual } from "./flags/command.ts";
import { identityShape, printIdentity } from "./output/print-identity.ts";

const manual = renderManual({
  examples: [
    ["rcwh whoami", "who is signed in, and where that was found"],
    ["rcwh whoami --profile acme", "the same of another profile"],
    ["rcwh whoami --json | jq -r '.identities[0].server'", "one value, for a script"],
  ],
  json: identityShape,
  exitCodes: [0, 2, 3, 4, 5],
});

export function createWhoamiCommand(context: CommandContext, run = whoami) {
  return createCommand("whoami", context)
    .description("Show who is signed in, at which server, and where the credentials come from.")
    .addHelpText("after", manual)
    .action(() => run(context));
}

export async function whoami(context: CommandContext): Promise<void> {
  const identity = await context.identity();
  const client = await context.api();
  const user = await describeUser(client, await client.session(), context.io, false);
  // Only now: had the server ended the session, then it is another one since.
  await printIdentity(context, identity, await client.session(), user);
}
