import type { ComponentChildren } from "preact";
import { usePage } from "./page-context.ts";
import type { View } from "./state.ts";

export function Tabs() {
  const { state, dispatch } = usePage();
  const { hello, events, subscriptions, notes, view } = state;
  const isEmulator = hello?.kind === "emulator";
  const blacklisted = subscriptions.filter(({ status }) => status === "Blacklisted").length;
  const tabs: readonly (readonly [View, string, number | undefined])[] = [
    ["events", "Events", events.length],
    [
      "subscriptions",
      "Subscriptions",
      hello?.listsSubscriptions === false ? undefined : subscriptions.length,
    ],
    ...(isEmulator
      ? ([
          ["emulator", "Emulator", undefined],
          ["requests", "Requests", undefined],
        ] as const)
      : []),
    ["messages", "Messages", notes.length],
  ];
  return (
    <nav class="tabs" aria-label="Views">
      {tabs.map(([name, label, count]) => (
        <button
          key={name}
          type="button"
          aria-current={name === view ? "page" : undefined}
          onClick={() => dispatch({ type: "view", view: name })}
        >
          {label}
          {count !== undefined && <Count>{count.toLocaleString("en")}</Count>}
          {name === "subscriptions" && blacklisted > 0 && (
            <Count kind="bad">{blacklisted} blacklisted</Count>
          )}
        </button>
      ))}
    </nav>
  );
}

interface CountProps {
  readonly kind?: string;
  readonly children: ComponentChildren;
}

/** After a comma, which only a screen reader needs. */
function Count({ kind = "", children }: CountProps) {
  return (
    <>
      <span class="comma">, </span>
      <span class={`count ${kind}`}>{children}</span>
    </>
  );
}
