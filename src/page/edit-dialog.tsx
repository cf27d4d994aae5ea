import { useRef, useState } from "preact/hooks";
import type { Action, InspectedEvent, Refusal } from "../inspector/protocol.ts";
import { Dialog } from "./dialog.tsx";
import { keepDraft, takeDraft } from "./drafts.ts";
import { reindent } from "./exact-json.ts";
import { JsonField, useJsonCheck } from "./json-field.tsx";
import { toRefusal, usePage } from "./page-context.ts";
import { Problem } from "./problem.tsx";
import { act } from "./server.ts";

interface EditDialogProps {
  readonly event: InspectedEvent;
  readonly onClose: () => void;
}

/** Changes the body of an event, and sends it to where events are forwarded. What is not sent is kept for the next time. */
export function EditDialog({ event, onClose }: EditDialogProps) {
  const { run, dispatch } = usePage();
  // The event may be gone before the text is finished, which nobody wants to lose.
  const { number, text: original } = useRef(event).current;
  const [text, setText] = useState(() => takeDraft(number) ?? original);
  const [mayBeOther, setMayBeOther] = useState(false);
  const [refusal, setRefusal] = useState<Refusal>();
  const check = useJsonCheck(text);
  const isUnchanged = withLineFeeds(text) === withLineFeeds(original);
  const isValid = !check.error && !check.isPending;
  const close = () => {
    onClose();
    if (isUnchanged) return;
    keepDraft(number, text);
    const message = `Your changes to #${number} are kept: Edit and resend shows them again.`;
    dispatch({ type: "toast", toast: { kind: "done", message } });
  };
  const send = async (submitted: Event) => {
    submitted.preventDefault();
    const action: Action = isUnchanged
      ? { action: "replay", number }
      : { action: "send", text, of: number };
    try {
      const { message, number: sent } = await act(action);
      if (sent !== undefined) dispatch({ type: "select", number: sent });
      onClose();
      await run(async () => message);
    } catch (error) {
      setRefusal(toRefusal(error));
    }
  };
  return (
    <Dialog title={`Edit and resend #${number}`} onClose={close}>
      <form onSubmit={send}>
        <JsonField
          id="edited-body"
          label="Body"
          text={text}
          rows={18}
          check={check}
          onText={setText}
        />
        {check.error && !isUnchanged && (
          <label class="check">
            <input
              type="checkbox"
              checked={mayBeOther}
              onChange={({ currentTarget }) => setMayBeOther(currentTarget.checked)}
            />
            Send it even though it is not JSON
          </label>
        )}
        {refusal && <Problem refusal={refusal} />}
        <div class="dialog-actions">
          <button type="button" disabled={!isValid} onClick={() => setText(reindent(text))}>
            Format
          </button>
          <button type="button" disabled={isUnchanged} onClick={() => setText(original)}>
            Start again
          </button>
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class="main" disabled={!isUnchanged && !isValid && !mayBeOther}>
            {isUnchanged ? "Send unchanged" : "Send"}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

/** A field for text has no other ends of lines. */
function withLineFeeds(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}
