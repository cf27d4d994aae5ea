import { useState } from "preact/hooks";
import { usePage } from "./page-context.ts";
import { RecordDialog } from "./record-dialog.tsx";
import { act } from "./server.ts";

const connections = {
  connecting: "Connecting…",
  live: "Live",
  lost: "Connection lost",
  ended: "Ended",
  replaced: "Ended",
};

export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const { state, run } = usePage();
  const { hello, connection, recording } = state;
  const [isRecordOpen, setRecordOpen] = useState(false);
  const isLive = connection === "live";
  const stop = async () => (await act({ action: "stop-recording" })).message;
  return (
    <header class="header">
      <div class="heading">
        <h1 dir="auto" title={hello?.title}>
          {hello?.title ?? "rcwh"}
        </h1>
        {hello?.target && (
          <p class="target">
            to <span dir="auto">{hello.target}</span>
          </p>
        )}
      </div>
      <div class="header-actions">
        <span class={`connection ${connection}`}>{connections[connection]}</span>
        {recording === undefined ? (
          <button type="button" disabled={!isLive} onClick={() => setRecordOpen(true)}>
            Record…
          </button>
        ) : (
          <button type="button" class="recording" disabled={!isLive} onClick={() => run(stop)}>
            Stop recording <span class="file-name">{recording}</span>
          </button>
        )}
        <button type="button" class="quiet" onClick={onHelp} aria-label="Keyboard shortcuts">
          ?
        </button>
      </div>
      {isRecordOpen && <RecordDialog onClose={() => setRecordOpen(false)} />}
    </header>
  );
}
