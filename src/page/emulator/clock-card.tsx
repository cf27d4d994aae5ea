import { useState } from "preact/hooks";
import { millisecondsOf } from "../../emulator/time.ts";
import { useNow, usePage } from "../page-context.ts";
import { control } from "../server.ts";
import { invalidDuration } from "./fault-request.ts";
import { readClock } from "./keep-clock.ts";
import { TextField } from "./text-field.tsx";

const year = millisecondsOf("366d");

const steps = ["1h", "1d", "7d"] as const;

/** Shows the emulator's clock, moves it, and stops it. */
export function ClockCard() {
  const { state, dispatch, run } = usePage();
  const [duration, setDuration] = useState("");
  const [flaw, setFlaw] = useState<string>();
  const [isAsking, setAsking] = useState(false);
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
          const by = duration.trim();
          const milliseconds = millisecondsOf(by);
          const isWrong = Number.isNaN(milliseconds);
          setFlaw(isWrong ? invalidDuration : undefined);
          const asks = !isWrong && milliseconds > year && !isAsking;
          setAsking(asks);
          if (!isWrong && !asks) advance(by);
        }}
      >
        <TextField
          label="Advance by"
          value={duration}
          placeholder="3d12h"
          flaw={flaw}
          onValue={(value) => {
            setDuration(value);
            setFlaw(undefined);
            setAsking(false);
          }}
        />
        <button type="submit" disabled={duration.trim() === ""}>
          {isAsking ? "Advance anyway" : "Advance"}
        </button>
      </form>
      <p role="status" class="muted">
        {isAsking &&
          "This is more than a year, and the clock does not go back. Is it what you want?"}
      </p>
      <p class="muted">What falls due on the way happens: reminders, retries, expiries.</p>
    </section>
  );
}
