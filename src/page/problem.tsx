import type { Refusal } from "../inspector/protocol.ts";

interface ProblemProps {
  readonly id?: string;
  readonly refusal: Refusal;
}

/** Why something was not done, where it was asked for. */
export function Problem({ id, refusal }: ProblemProps) {
  return (
    <p class="problem" role="alert" id={id}>
      <span dir="auto">{refusal.message}</span>
      {refusal.hint && (
        <span class="hint" dir="auto">
          {refusal.hint}
        </span>
      )}
    </p>
  );
}
