import type { RingCentralClient } from "../api/client.ts";
import { CliError, ExitCode } from "../errors.ts";
import type { Api } from "../filters/api.ts";

/** Deletes a subscription; one that is already gone counts as deleted. */
export async function deleteIfThere(
  client: Pick<RingCentralClient, "delete">,
  { api, id }: { readonly api: Api; readonly id: string },
): Promise<void> {
  try {
    await client.delete(api, id);
  } catch (error) {
    if (!(error instanceof CliError && error.exitCode === ExitCode.notFound)) throw error;
  }
}
