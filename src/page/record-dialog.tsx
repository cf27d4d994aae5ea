import { useState } from "preact/hooks";
import type { Refusal } from "../inspector/protocol.ts";
import { Dialog } from "./dialog.tsx";
import { toRefusal, usePage } from "./page-context.ts";
import { Problem } from "./problem.tsx";
import { act } from "./server.ts";

export function RecordDialog({ onClose }: { readonly onClose: () => void }) {
  const { run } = usePage();
  const [file, setFile] = useState("events.ndjson");
  const [refusal, setRefusal] = useState<Refusal>();
  const record = async (event: Event) => {
    event.preventDefault();
    try {
      const { message } = await act({ action: "record", file });
      onClose();
      await run(async () => message);
    } catch (error) {
      setRefusal(toRefusal(error));
    }
  };
  return (
    <Dialog title="Record events" onClose={onClose}>
      <form onSubmit={record}>
        <p>
          Events that come from now on are added to this file, one a line. <code>rcwh replay</code>{" "}
          sends them again.
        </p>
        <label class="field">
          File
          <input
            value={file}
            required
            spellcheck={false}
            autocomplete="off"
            aria-describedby={refusal ? "record-problem" : undefined}
            aria-invalid={refusal !== undefined}
            onInput={({ currentTarget }) => {
              setFile(currentTarget.value);
              setRefusal(undefined);
            }}
          />
        </label>
        {refusal && <Problem id="record-problem" refusal={refusal} />}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={file.trim() === ""}>
            Start recording
          </button>
        </div>
      </form>
    </Dialog>
  );
}
