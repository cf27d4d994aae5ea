import { useEffect, useState } from "preact/hooks";
import { Announcements } from "./announcements.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import { EmulatorView } from "./emulator/emulator-view.tsx";
import { KeepClock } from "./emulator/keep-clock.ts";
import { RequestsView } from "./emulator/requests-view.tsx";
import { EventsView } from "./events-view.tsx";
import { Header } from "./header.tsx";
import { MessagesView } from "./messages-view.tsx";
import { Page } from "./page-context.ts";
import { useShortcuts } from "./shortcuts.ts";
import { ShortcutsDialog } from "./shortcuts-dialog.tsx";
import type { Change, State, View } from "./state.ts";
import { SubscriptionsView } from "./subscriptions-view.tsx";
import { Tabs } from "./tabs.tsx";
import { ToastMessage } from "./toast-message.tsx";

interface AppProps {
  readonly state: State;
  readonly dispatch: (change: Change) => void;
  readonly reconnect: () => void;
}

const views: Readonly<Record<View, () => preact.JSX.Element>> = {
  events: EventsView,
  subscriptions: SubscriptionsView,
  emulator: EmulatorView,
  requests: RequestsView,
  messages: MessagesView,
};

export function App({ state, dispatch, reconnect }: AppProps) {
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [hasShortcuts, setHasShortcuts] = useState(true);
  const { hello, view } = state;
  useShortcuts({ "?": () => setHelpOpen(true) }, true);
  useEffect(() => {
    if (hello) document.title = `${hello.title} · rcwh`;
  }, [hello]);
  const Current = views[view];
  return (
    <Page.Provider value={{ state, dispatch, reconnect, hasShortcuts }}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <Header onHelp={() => setHelpOpen(true)} />
      <ConnectionBanner />
      <Tabs />
      <main id="main" tabIndex={-1}>
        <Current />
      </main>
      <ToastMessage />
      <Announcements />
      {hello?.kind === "emulator" && <KeepClock />}
      {isHelpOpen && (
        <ShortcutsDialog
          isOn={hasShortcuts}
          onSwitch={setHasShortcuts}
          onClose={() => setHelpOpen(false)}
        />
      )}
    </Page.Provider>
  );
}
