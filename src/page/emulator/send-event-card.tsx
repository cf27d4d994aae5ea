import { useState } from "preact/hooks";
import type { FoundFilters, Refusal } from "../../inspector/protocol.ts";
import { formatExact } from "../exact-json.ts";
import { JsonField, useJsonCheck } from "../json-field.tsx";
import { toRefusal, usePage } from "../page-context.ts";
import { Problem } from "../problem.tsx";
import { control, JsonText, sampleOf } from "../server.ts";
import { count } from "../wording.ts";
import { FilterField } from "./filter-field.tsx";

interface Sent {
  readonly deliveries: readonly { readonly delivered: boolean }[];
  readonly reason?: string;
}

type Filter = FoundFilters["filters"][number];

/** Sends an event to its subscribers, with a sample of its data that can be changed. */
export function SendEventCard() {
  const { run } = usePage();
  const [filter, setFilter] = useState<Filter>();
  const [text, setText] = useState("");
  const check = useJsonCheck(text);
  const isValid = !check.error && !check.isPending;
  const [user, setUser] = useState("");
  const [refusal, setRefusal] = useState<Refusal>();
  const [sent, setSent] = useState<string>();

  const loadSample = async (chosen: Filter) => {
    setRefusal(undefined);
    setSent(undefined);
    try {
      setText(formatExact(await sampleOf(chosen.uri)));
    } catch (error) {
      setText("");
      setRefusal(toRefusal(error));
    }
    // Not before there is something to change: what is typed meanwhile would be replaced.
    setFilter(chosen);
  };
  const send = async (event: Event) => {
    event.preventDefault();
    if (!filter) return;
    setRefusal(undefined);
    try {
      const members = [
        `"filter":${JSON.stringify(filter.uri)}`,
        ...(text.trim() === "" ? [] : [`"body":${text}`]),
        ...(user === "" ? [] : [`"user":${Number(user)}`]),
      ];
      const answer = await control<Sent>("POST", "/events", new JsonText(`{${members.join(",")}}`));
      const result = describe(answer);
      setSent(result);
      await run(async () => result);
    } catch (error) {
      setRefusal(toRefusal(error));
    }
  };

  return (
    <section class="card" aria-labelledby="send-title">
      <h3 id="send-title">Send an event</h3>
      <form class="stacked" onSubmit={send}>
        <FilterField onChoose={loadSample} />
        {filter && (
          <>
            <p class="muted">{filter.summary}.</p>
            <JsonField
              id="event-body"
              label="Data"
              text={text}
              rows={10}
              check={check}
              onText={setText}
            />
            <label class="field narrow">
              User number (all, if empty)
              <input
                type="number"
                min="1"
                max="999999999"
                value={user}
                onInput={({ currentTarget }) => setUser(currentTarget.value)}
              />
            </label>
          </>
        )}
        {refusal && <Problem refusal={refusal} />}
        {sent !== undefined && <p class="muted">{sent}</p>}
        <div class="actions">
          <button type="submit" class="main" disabled={!filter || (!isValid && text.trim() !== "")}>
            Send
          </button>
          {filter && (
            <button type="button" onClick={() => loadSample(filter)}>
              Start again from the sample
            </button>
          )}
        </div>
      </form>
    </section>
  );
}

function describe({ deliveries, reason }: Sent): string {
  const failed = deliveries.filter(({ delivered }) => !delivered).length;
  if (deliveries.length === 0) return `Nobody got it. ${reason ?? "Nobody has subscribed."}`;
  return failed === 0
    ? `Delivered to ${count(deliveries.length, "subscription")}.`
    : `${failed} of ${count(deliveries.length, "delivery").replace("deliverys", "deliveries")} failed.`;
}
