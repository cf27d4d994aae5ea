import { useEffect } from "preact/hooks";
import { useControl, usePage } from "../page-context.ts";

interface ClockAnswer {
  readonly now: string;
  readonly frozen: boolean;
}

export function readClock({ now, frozen }: ClockAnswer) {
  return { now: Date.parse(now), frozen, at: Date.now() };
}

/** Keeps the page's idea of the emulator's clock right. */
export function KeepClock() {
  const { dispatch } = usePage();
  const { answer } = useControl<ClockAnswer>("/clock");
  useEffect(() => {
    if (answer) dispatch({ type: "clock", clock: readClock(answer) });
  }, [answer]);
  return null;
}
