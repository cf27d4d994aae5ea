import { useLayoutEffect } from "preact/hooks";

type Keys = Readonly<Record<string, () => void>>;

/** Single keys that do something wherever the focus is, except where text is typed and while a dialog is open. */
export function useShortcuts(keys: Keys, isOn: boolean): void {
  useLayoutEffect(() => {
    if (!isOn) return;
    const onKey = (event: KeyboardEvent) => {
      const { key, target, ctrlKey, metaKey, altKey } = event;
      const act = Object.hasOwn(keys, key) ? keys[key] : undefined;
      if (!act || ctrlKey || metaKey || altKey || event.defaultPrevented) return;
      if (isTyped(target) || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
}

function isTyped(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input, textarea, select");
}

/** For the list of them. */
export const shortcuts: readonly (readonly [keys: readonly string[], meaning: string])[] = [
  [["/"], "Search"],
  [["p"], "Pause or resume"],
  [["↑", "↓"], "Previous or next event; Home and End for the newest and the oldest"],
  [["Enter"], "From an event to its details"],
  [["Esc"], "Back to the list; empty the search; close a dialog"],
  [["r"], "Replay the selected event"],
  [["e"], "Edit the selected event and send it"],
  [["c"], "Copy the selected event as a curl command"],
  [["←", "→"], "In the payload: close or open a value"],
  [["Ctrl", "C"], "In the payload: copy the value"],
  [["?"], "This list"],
];
