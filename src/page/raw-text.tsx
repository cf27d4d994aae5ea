import { useState } from "preact/hooks";
import { Highlighted } from "./highlighted.tsx";
import { ScrollRegion } from "./scroll-region.tsx";
import { count } from "./wording.ts";

interface RawTextProps {
  readonly text: string;
  readonly label: string;
  readonly query?: string;
}

/** Characters that are shown at first: a browser takes long to lay out more. */
const portion = 20_000;

/** Text as it came, never as HTML. */
export function RawText({ text, label, query = "" }: RawTextProps) {
  const [isWhole, setWhole] = useState(false);
  const isCut = text.length > portion && !isWhole;
  return (
    <>
      <ScrollRegion label={label}>
        <pre class="raw" dir="auto">
          <Highlighted text={isCut ? text.slice(0, portion) : text} query={query} />
        </pre>
      </ScrollRegion>
      {isCut && (
        <button type="button" onClick={() => setWhole(true)}>
          Show all {count(text.length, "character")}
        </button>
      )}
    </>
  );
}
