import { useEffect } from "preact/hooks";
import { Icon } from "./icon.tsx";
import { usePage } from "./page-context.ts";

/** What came of the last thing that was done. A failure stays until it is dismissed. */
export function ToastMessage() {
  const { state, dispatch } = usePage();
  const { toast } = state;
  const { id, kind } = toast ?? {};
  useEffect(() => {
    if (kind !== "done") return;
    const timer = setTimeout(() => dispatch({ type: "dismiss" }), 6000);
    return () => clearTimeout(timer);
  }, [id, kind]);
  return (
    <div class="toasts">
      <div role="status">{toast?.kind === "done" && <Text />}</div>
      <div role="alert">{toast?.kind === "failed" && <Text />}</div>
    </div>
  );

  function Text() {
    return (
      <div class={`toast ${kind}`}>
        <Icon name={kind === "done" ? "accepted" : "refused"} />
        <p>
          <span dir="auto">{toast?.message}</span>
          {toast?.hint && (
            <span class="hint" dir="auto">
              {toast.hint}
            </span>
          )}
        </p>
        <button type="button" class="quiet" onClick={() => dispatch({ type: "dismiss" })}>
          <Icon name="close" />
          <span class="unseen">Dismiss</span>
        </button>
      </div>
    );
  }
}
