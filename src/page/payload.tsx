import { useMemo, useState } from "preact/hooks";
import { parseExact } from "./exact-json.ts";
import { JsonTree } from "./json-tree.tsx";
import { usePage } from "./page-context.ts";
import { RawText } from "./raw-text.tsx";
import { byteSize } from "./wording.ts";

/** The body of an event: as a tree where it is JSON, and as it came. */
export function Payload({ text }: { readonly text: string }) {
  const { state } = usePage();
  const parsed = useMemo(() => parseExact(text), [text]);
  const [wantsRaw, setWantsRaw] = useState(false);
  const isRaw = wantsRaw || !parsed;
  return (
    <section>
      <div class="section-head">
        <h3>Payload</h3>
        <span class="muted">{byteSize(new Blob([text]).size)}</span>
        {parsed && (
          <fieldset class="switch">
            <legend class="unseen">Show the payload as</legend>
            <button type="button" aria-pressed={!isRaw} onClick={() => setWantsRaw(false)}>
              Tree
            </button>
            <button type="button" aria-pressed={isRaw} onClick={() => setWantsRaw(true)}>
              Raw
            </button>
          </fieldset>
        )}
      </div>
      {!parsed && text !== "" && <p class="muted">This body is not JSON.</p>}
      {text === "" ? (
        <p class="muted">Empty.</p>
      ) : isRaw ? (
        <RawText text={text} label="Payload" query={state.criteria.query} />
      ) : (
        <JsonTree root={parsed.value} />
      )}
    </section>
  );
}
