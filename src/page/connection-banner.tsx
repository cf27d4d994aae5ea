import { usePage } from "./page-context.ts";

/** What it means for who looks at the page that rcwh is not connected. */
export function ConnectionBanner() {
  const { state, reconnect } = usePage();
  const { connection, farewell, hello } = state;
  const isConnectingAgain = connection === "connecting" && hello !== undefined;
  return (
    <div role="status">
      {connection === "ended" && (
        <p class="banner ended">
          <strong>rcwh has ended.</strong> <span dir="auto">{farewell}</span> What you see stays
          until you close the page.
        </p>
      )}
      {connection === "replaced" && (
        <p class="banner ended">
          <strong>rcwh was started again.</strong> Open the address that it printed: this page shows
          the run before, and stays as it is until you close it.
        </p>
      )}
      {(connection === "lost" || isConnectingAgain) && (
        <p class="banner lost">
          <span>
            <strong>The connection to rcwh is lost.</strong> The page keeps trying, and shows what
            it missed.
          </span>
          <button type="button" onClick={reconnect} disabled={isConnectingAgain}>
            Try now
          </button>
        </p>
      )}
    </div>
  );
}
