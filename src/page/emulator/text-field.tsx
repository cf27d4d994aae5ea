import { useId } from "preact/hooks";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  /** What is wrong with it, and what is valid. */
  readonly flaw?: string | undefined;
  readonly onValue: (value: string) => void;
}

/** A line of text, with what is wrong with it below. */
export function TextField({ label, value, placeholder, flaw, onValue }: TextFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        value={value}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={flaw !== undefined}
        aria-describedby={flaw === undefined ? undefined : `${id}-flaw`}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      />
      {flaw !== undefined && (
        <span class="flaw" id={`${id}-flaw`} role="alert">
          {flaw}
        </span>
      )}
    </div>
  );
}
