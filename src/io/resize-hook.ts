import { useEffect, useState } from "@inquirer/core";

/** Calls `draw` after every resize. */
export type OnResize = (draw: () => void) => void;

/** Renders the prompt that calls it again after every resize. A hook: each rendering must call it. */
export function useResize(onResize: OnResize): void {
  const [, setDrawing] = useState({});
  useEffect(() => onResize(() => setDrawing({})), []);
}
