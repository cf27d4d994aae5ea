import type { CommandContext } from "../../context.ts";
import type { Column } from "../../io/table.ts";

/** Shows, as a table on stderr, what a question that follows is about; nothing where nobody will be asked. */
export async function preview<Row>(
  { io, settings }: Pick<CommandContext, "io" | "settings">,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): Promise<void> {
  if (!io.interactive || settings.yes) return;
  const { renderTable } = await import("../../io/table.ts");
  io.say(await renderTable(io, columns, rows));
}
