import { usePage } from "./page-context.ts";
import { clockTime } from "./wording.ts";

/** What the terminal was told, newest first. */
export function MessagesView() {
  const { notes } = usePage().state;
  return (
    <section class="plain-view" aria-labelledby="messages-title">
      <h2 id="messages-title">Messages</h2>
      {notes.length === 0 ? (
        <p class="empty">Nothing yet. What rcwh says in its terminal comes here, too.</p>
      ) : (
        <ol class="notes">
          {notes.toReversed().map(({ at, text }, index) => (
            <li key={notes.length - index}>
              <time dateTime={new Date(at).toISOString()}>{clockTime(at)}</time>
              <span dir="auto">{text}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
