import { useMemo, useState } from "preact/hooks";
import { useControl, usePage } from "../page-context.ts";
import { ScrollRegion } from "../scroll-region.tsx";
import { control } from "../server.ts";
import { clockTime, count } from "../wording.ts";

interface LoggedRequest {
  readonly requestId: string;
  readonly timestamp: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly code?: string;
  readonly fault?: string;
  readonly note?: string;
  readonly body?: unknown;
  readonly user?: number;
}

/** Rows in the document: whoever looks for older ones, searches. */
const mostRows = 200;

/** What clients asked the emulator for, newest first. */
export function RequestsView() {
  const { run } = usePage();
  const { answer, refusal, reload } = useControl<{ readonly requests: readonly LoggedRequest[] }>(
    "/log",
  );
  const [query, setQuery] = useState("");
  const requests = answer?.requests ?? [];
  const texts = useMemo(() => requests.map((one) => JSON.stringify(one).toLowerCase()), [answer]);
  const wanted = query.trim().toLowerCase();
  const found = requests.filter((_, index) => texts[index]?.includes(wanted)).toReversed();
  const clear = () =>
    run(async () => {
      await control("DELETE", "/log");
      reload();
      return "The log is empty now.";
    });
  return (
    <section class="plain-view wide" aria-labelledby="requests-title">
      <h2 id="requests-title">Requests</h2>
      <search class="toolbar">
        <input
          type="search"
          aria-label="Search in requests"
          placeholder="Search in requests"
          value={query}
          spellcheck={false}
          onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        />
        <button type="button" disabled={requests.length === 0} onClick={clear}>
          Clear log
        </button>
        <p class="found">
          {wanted === ""
            ? count(requests.length, "request")
            : `${found.length.toLocaleString("en")} of ${count(requests.length, "request")}`}
          {found.length > mostRows && `, the latest ${mostRows} shown`}
        </p>
      </search>
      {refusal && <p class="muted">{refusal.message}</p>}
      {found.length === 0 ? (
        <p class="empty">
          {requests.length > 0 ? "No request matches." : "No client has sent a request yet."}
        </p>
      ) : (
        <ScrollRegion label="Requests, newest first">
          <table class="requests">
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Status</th>
                <th scope="col">Request</th>
                <th scope="col">User</th>
                <th scope="col">Notes</th>
              </tr>
            </thead>
            <tbody>
              {found.slice(0, mostRows).map((request) => (
                <RequestRow key={request.requestId} request={request} />
              ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </section>
  );
}

function RequestRow({ request }: { readonly request: LoggedRequest }) {
  const { timestamp, method, path, status, code, fault, note, body, user } = request;
  const isFailed = status === 0 || status >= 400;
  return (
    <tr>
      <td>
        <time dateTime={timestamp}>{clockTime(Date.parse(timestamp))}</time>
      </td>
      <td class={isFailed ? "bad" : ""}>
        {status === 0 ? "dropped" : status} {code}
      </td>
      <td dir="auto">
        <strong>{method}</strong> {path}
        {body !== undefined && (
          <details>
            <summary>Body</summary>
            <pre class="raw">{JSON.stringify(body, undefined, 2)}</pre>
          </details>
        )}
      </td>
      {user === undefined ? <td /> : <td data-label="User">{user}</td>}
      <td>
        {fault !== undefined && <span class="badge warned">fault {fault}</span>} {note}
      </td>
    </tr>
  );
}
