import { useMemo, useRef, useState } from "preact/hooks";
import type { InspectedEvent, Refusal } from "../inspector/protocol.ts";
import { findJsonError } from "./check-json.ts";
import { Dialog } from "./dialog.tsx";
import { formatExact, parseExact } from "./exact-json.ts";
import { JsonField } from "./json-field.tsx";
import { toRefusal, usePage } from "./page-context.ts";
import { Problem } from "./problem.tsx";
import { act } from "./server.ts";

interface EditDialogProps {
  readonly event: InspectedEvent | undefined;
  readonly onClose: () => void;
}

/** Changes the body of an event, and sends it to where events are forwarded. */
export function EditDialog({ event, onClose }: EditDialogProps) {
  const { run, dispatch } = usePage();
  // The event may be gone before the text is finished, which nobody wants to lose.
  const original = useRef(event).current;
  const [text, setText] = useState(() => readable(original?.text ?? ""));
  const [isValid, setValid] = useState(() => findJsonError(text) === undefined);
  const [mayBeOther, setMayBeOther] = useState(() => !parseExact(original?.text ?? ""));
  const [refusal, setRefusal] = useState<Refusal>();
  const isUnchanged = useMemo(() => readable(original?.text ?? "") === text, [text]);
  const send = async (submitted: Event) => {
    submitted.preventDefault();
    try {
      const sent = isUnchanged ? (original?.text ?? text) : text;
      const of = original ? { of: original.number } : {};
      const { message, number } = await act({ action: "send", text: sent, ...of });
      if (number !== undefined) dispatch({ type: "select", number });
      onClose();
      await run(async () => message);
    } catch (error) {
      setRefusal(toRefusal(error));
    }
  };
  return (
    <Dialog title={`Edit and resend #${original?.number ?? ""}`} onClose={onClose}>
      <form onSubmit={send}>
        <JsonField
          id="edited-body"
          label="Body"
          text={text}
          rows={18}
          onText={(changed, valid) => {
            setText(changed);
            setValid(valid);
          }}
        />
        {!isValid && (
          <label class="check">
            <input
              type="checkbox"
              checked={mayBeOther}
              onChange={({ currentTarget }) => setMayBeOther(currentTarget.checked)}
            />
            Send it although it is not JSON
          </label>
        )}
        {refusal && <Problem refusal={refusal} />}
        <div class="dialog-actions">
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={!isValid && !mayBeOther}>
            Send
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** JSON in several lines, with its numbers as they are written; other text as it is. */
function readable(text: string): string {
  const parsed = parseExact(text);
  return parsed ? formatExact(parsed.value) : text;
}
