import { createContext } from "preact";
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "../inspector/protocol.ts";
import { copy } from "./clipboard.ts";
import { control, Refused } from "./server.ts";
import type { Change, State } from "./state.ts";

/** What every part of the page has. */
interface PageContext {
  readonly state: State;
  readonly dispatch: (change: Change) => void;
  readonly reconnect: () => void;
  /** Whether single keys do something. */
  readonly hasShortcuts: boolean;
}

export const Page = createContext<PageContext | undefined>(undefined);

export function usePage() {
  const context = useContext(Page);
  if (!context) throw new Error("The page has no context.");
  const { dispatch } = context;
  return {
    ...context,
    /** Does something, and shows what came of it: the text that it returns, or why it failed. */
    async run(work: () => Promise<string | undefined>): Promise<boolean> {
      try {
        const message = await work();
        if (message) dispatch({ type: "toast", toast: { kind: "done", message } });
        return true;
      } catch (error) {
        dispatch({ type: "toast", toast: { kind: "failed", ...toRefusal(error) } });
        return false;
      }
    },
    async copyText(text: string, message: string): Promise<void> {
      const isCopied = await copy(text);
      const hint = "Select the text on the page, and copy it with the keyboard.";
      dispatch({
        type: "toast",
        toast: isCopied
          ? { kind: "done", message }
          : { kind: "failed", message: "The browser did not let the page copy.", hint },
      });
    },
  };
}

export function toRefusal(error: unknown): Refusal {
  if (!(error instanceof Error)) return { message: String(error) };
  const hint = error instanceof Refused ? error.hint : undefined;
  return { message: error.message, ...(hint !== undefined && { hint }) };
}

/** Milliseconds by the clock of RingCentral or the emulator, once a second. */
export function useNow(): number {
  const { state } = usePage();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), 1000);
    return () => clearInterval(timer);
  }, []);
  const { clock, hello, helloAt } = state;
  if (clock) return clock.frozen ? clock.now : clock.now + Date.now() - clock.at;
  return (hello?.now ?? helloAt) + Date.now() - helloAt;
}

interface Controlled<Answer> {
  readonly answer?: Answer;
  readonly refusal?: Refusal;
}

/** What a control of the emulator says, asked again when something in it has changed, twice a second at most. */
export function useControl<Answer>(path: string): Controlled<Answer> & { reload(): void } {
  const { state } = usePage();
  const [known, setKnown] = useState<Controlled<Answer>>({});
  const [reloads, setReloads] = useState(0);
  const askedAt = useRef(0);
  const isLive = state.connection === "live";
  useEffect(() => {
    if (!isLive) return;
    let isCurrent = true;
    const wait = Math.max(0, askedAt.current + 500 - Date.now());
    const timer = setTimeout(() => {
      askedAt.current = Date.now();
      control<Answer>("GET", path).then(
        (answer) => isCurrent && setKnown({ answer }),
        (error) => isCurrent && setKnown((before) => ({ ...before, refusal: toRefusal(error) })),
      );
    }, wait);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [path, isLive, reloads, state.emulatorChanges]);
  return {
    ...known,
    reload() {
      askedAt.current = 0;
      setReloads((count) => count + 1);
    },
  };
}
