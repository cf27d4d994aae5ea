import { useMemo, useRef } from "preact/hooks";
import { findJsonError } from "./check-json.ts";

interface JsonFieldProps {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  readonly rows: number;
  /** Called with what is in the field, and whether it is JSON. */
  readonly onText: (text: string, isValid: boolean) => void;
}

/** A field for JSON, which says where a text is not. */
export function JsonField({ id, label, text, rows, onText }: JsonFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const error = useMemo(() => findJsonError(text), [text]);
  const goThere = () => {
    field.current?.focus();
    if (error) field.current?.setSelectionRange(error.index, error.index + 1);
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        ref={field}
        id={id}
        class="code"
        rows={rows}
        value={text}
        spellcheck={false}
        autocapitalize="off"
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-check`}
        onInput={({ currentTarget: { value } }) =>
          onText(value, findJsonError(value) === undefined)
        }
      />
      <div id={`${id}-check`} class={error ? "check-line bad" : "check-line"} role="status">
        {error ? (
          <>
            <button type="button" class="link" onClick={goThere}>
              Line {error.line}, column {error.column}
            </button>
            : {error.message}
          </>
        ) : (
          "Valid JSON."
        )}
      </div>
    </div>
  );
}
