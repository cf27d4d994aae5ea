import { useState } from "preact/hooks";
import { usePage } from "../page-context.ts";
import { control } from "../server.ts";

/** Asks for a reason in its place, then blacklists a subscription, as RingCentral does when an endpoint keeps failing. */
export function BlacklistButton({ id }: { readonly id: string }) {
  const { run } = usePage();
  const [isAsking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const blacklist = (event: Event) => {
    event.preventDefault();
    const body = reason.trim() === "" ? {} : { reason: reason.trim() };
    return run(async () => {
      await control("POST", `/subscriptions/${encodeURIComponent(id)}/blacklist`, body);
      setAsking(false);
      return "The subscription is blacklisted, and gets no more events.";
    });
  };
  if (!isAsking) {
    return (
      <button type="button" onClick={() => setAsking(true)}>
        Blacklist…
      </button>
    );
  }
  return (
    <form class="inline-form" onSubmit={blacklist}>
      <label class="field">
        Reason (optional)
        <input value={reason} onInput={({ currentTarget }) => setReason(currentTarget.value)} />
      </label>
      <button type="button" onClick={() => setAsking(false)}>
        Cancel
      </button>
      <button type="submit" class="danger">
        Blacklist
      </button>
    </form>
  );
}
