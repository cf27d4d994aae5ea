import { main } from "./main.ts";
import { runAsProcess } from "./runtime.ts";

/** What bin/rcwh.js calls. */
export function start(): void {
  runAsProcess(main);
}

/** Renders help for the build. */
export { main };
