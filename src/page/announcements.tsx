import { useEffect, useRef, useState } from "preact/hooks";
import { usePage } from "./page-context.ts";
import { count } from "./wording.ts";

/** Milliseconds between what a screen reader is told of new events, whatever their number. */
const interval = 5000;

/** Tells a screen reader how many events have come, now and then, and at once what the list was narrowed to. */
export function Announcements() {
  const { state } = usePage();
  const latest = useRef(0);
  const told = useRef<number | undefined>(undefined);
  const [text, setText] = useState("");
  latest.current = state.events.at(-1)?.number ?? state.clearedAt;
  useEffect(() => {
    const timer = setInterval(() => {
      const added = latest.current - (told.current ?? latest.current);
      told.current = latest.current;
      setText(added > 0 ? `${count(added, "new event")}.` : "");
    }, interval);
    return () => clearInterval(timer);
  }, []);
  return (
    <div class="unseen" role="status">
      {text}
    </div>
  );
}
