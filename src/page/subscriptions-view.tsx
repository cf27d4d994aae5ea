import type { InspectedSubscription } from "../inspector/protocol.ts";
import { instant, relativeExpiry, relativeTime } from "../subscriptions/time.ts";
import { BlacklistButton } from "./emulator/blacklist-button.tsx";
import { Icon } from "./icon.tsx";
import { useNow, usePage } from "./page-context.ts";

export function SubscriptionsView() {
  const { subscriptions, hello } = usePage().state;
  const now = useNow();
  return (
    <section class="plain-view" aria-labelledby="subscriptions-title">
      <h2 id="subscriptions-title">Subscriptions</h2>
      {hello?.listsSubscriptions === false ? (
        <p class="empty">
          A listener with <code>--receive-only</code> does not ask RingCentral, so it does not know
          them. <code>rcwh list</code> shows them.
        </p>
      ) : subscriptions.length === 0 ? (
        <p class="empty">
          There are none. Create one with <code>rcwh create</code>.
        </p>
      ) : (
        <ul class="subscriptions">
          {subscriptions.map((subscription) => (
            <Subscription key={subscription.id} subscription={subscription} now={now} />
          ))}
        </ul>
      )}
    </section>
  );
}

interface SubscriptionProps {
  readonly subscription: InspectedSubscription;
  readonly now: number;
}

function Subscription({ subscription, now }: SubscriptionProps) {
  const { state } = usePage();
  const { id, status, transportType, address, eventFilters, blacklisted } = subscription;
  const isActive = status === "Active";
  return (
    <li class={isActive ? "card" : "card bad"}>
      <div class="card-head">
        <h3 class="address" dir="auto">
          {address ?? transportType}
        </h3>
        <span class={`badge ${isActive ? "accepted" : "refused"}`}>
          <Icon name={isActive ? "accepted" : "refused"} />
          {status}
        </span>
      </div>
      {blacklisted && (
        <p class="reason">
          <span dir="auto">{blacklisted.reason ?? "RingCentral did not say why."}</span>
          {blacklisted.at !== undefined && ` (${relativeTime(blacklisted.at - now)})`}
          <span class="hint">
            Once the endpoint answers again: <code>rcwh recover {id.slice(0, 8)}</code>
          </span>
        </p>
      )}
      <ExpiryBar subscription={subscription} now={now} />
      <ul class="filters" aria-label="Event filters">
        {eventFilters.map((filter) => (
          <li key={filter}>
            <code dir="auto">{filter}</code>
          </li>
        ))}
      </ul>
      <div class="card-foot">
        <code class="muted">{id}</code>
        {state.hello?.kind === "emulator" && isActive && <BlacklistButton id={id} />}
      </div>
    </li>
  );
}

/** How much of its lifetime is left. */
function ExpiryBar({ subscription, now }: SubscriptionProps) {
  const { createdAt, expiresAt } = subscription;
  if (expiresAt === undefined) return null;
  const left = expiresAt - now;
  // What was renewed for longer than it was created for is full for a while.
  const share = left / Math.max(1, expiresAt - (createdAt ?? now));
  const level = share <= 0.1 ? "low" : share <= 1 / 3 ? "due" : "fine";
  const text = relativeExpiry(left);
  const label = left < 1000 ? text : `expires ${text}`;
  return (
    <div class="expiry">
      <span class="bar" aria-hidden="true">
        <span
          class={`fill ${level}`}
          style={{ width: `${Math.max(0, Math.min(1, share)) * 100}%` }}
        />
      </span>
      <time dateTime={instant(expiresAt)} title={instant(expiresAt)}>
        {label}
      </time>
    </div>
  );
}
