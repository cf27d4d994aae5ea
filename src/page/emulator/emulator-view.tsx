import { ClockCard } from "./clock-card.tsx";
import { FaultsCard } from "./faults-card.tsx";
import { SendEventCard } from "./send-event-card.tsx";

export function EmulatorView() {
  return (
    <section class="plain-view wide" aria-labelledby="emulator-title">
      <h2 id="emulator-title">Emulator</h2>
      <div class="cards">
        <ClockCard />
        <SendEventCard />
        <FaultsCard />
      </div>
    </section>
  );
}
