import { useState } from "preact/hooks";
import { useNow, usePage } from "../page-context.ts";
import { control } from "../server.ts";
import { readClock } from "./keep-clock.ts";

const steps = ["1h", "1d", "7d"] as const;

/** Shows the emulator's clock, moves it, and stops it. */
export function ClockCard() {
  const { state, dispatch, run } = usePage();
  const [duration, setDuration] = useState("");
  const now = new Date(useNow());
  const isFrozen = state.clock?.frozen === true;
  const change = (body: object, message: string) =>
    run(async () => {
      dispatch({ type: "clock", clock: readClock(await control("POST", "/clock", body)) });
      return message;
    });
  const advance = (by: string) => change({ advance: by }, `The clock is ${by} later now.`);
  return (
    <section class="card" aria-labelledby="clock-title">
      <h3 id="clock-title">Clock</h3>
      <p class="clock">
        <time dateTime={now.toISOString()}>
          {now.toISOString().slice(0, 19).replace("T", " ")} <span class="muted">UTC</span>
        </time>
        {isFrozen && <span class="badge waiting">Stopped</span>}
      </p>
      <div class="actions">
        {steps.map((step) => (
          <button key={step} type="button" onClick={() => advance(step)}>
            +{step}
          </button>
        ))}
        <button
          type="button"
          onClick={() =>
            change(
              { freeze: !isFrozen },
              isFrozen ? "The clock runs again." : "The clock stands still.",
            )
          }
        >
          {isFrozen ? "Start" : "Stop"}
        </button>
      </div>
      <form
        class="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          advance(duration.trim());
        }}
      >
        <label class="field">
          Advance by
          <input
            value={duration}
            placeholder="3d12h"
            spellcheck={false}
            onInput={({ currentTarget }) => setDuration(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={duration.trim() === ""}>
          Advance
        </button>
      </form>
      <p class="muted">What falls due on the way happens: reminders, retries, expiries.</p>
    </section>
  );
}
