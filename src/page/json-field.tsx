import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { findJsonError, type JsonError } from "./check-json.ts";

export interface JsonCheck {
  readonly error?: JsonError | undefined;
  /** A long text is checked once nobody has typed for a moment. */
  readonly isPending: boolean;
}

/** Characters. */
const longestChecked = 50_000;

/** What is wrong with text that should be JSON. */
export function useJsonCheck(text: string): JsonCheck {
  const isLong = text.length > longestChecked;
  const now = useMemo(() => (isLong ? undefined : { text, error: findJsonError(text) }), [text]);
  const [later, setLater] = useState<{ readonly text: string; readonly error?: JsonError }>();
  useEffect(() => {
    if (!isLong) return;
    const timer = setTimeout(() => {
      const error = findJsonError(text);
      setLater(error ? { text, error } : { text });
    }, 300);
    return () => clearTimeout(timer);
  }, [text]);
  const known = now ?? later;
  return known?.text === text ? { error: known.error, isPending: false } : { isPending: true };
}

interface JsonFieldProps {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  readonly rows: number;
  /** Of this text. */
  readonly check: JsonCheck;
  /** Called with what is in the field. */
  readonly onText: (text: string) => void;
}

/** A field for JSON, which says where a text is not. */
export function JsonField({ id, label, text, rows, check, onText }: JsonFieldProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { error, isPending } = check;
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
        onInput={({ currentTarget: { value } }) => onText(value)}
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
          (isPending && "Checking…") || "Valid JSON."
        )}
      </div>
    </div>
  );
}
