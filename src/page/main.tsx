import { render } from "preact";
import { App } from "./app.tsx";
import { type Change, initialState, reduce } from "./state.ts";
import { readStream } from "./stream.ts";

const immediate: ReadonlySet<Change["type"]> = new Set([
  "view",
  "criteria",
  "pause",
  "resume",
  "clear",
  "select",
  "dismiss",
]);

/** With its place in the history the browser keeps what was cleared there, also when the page is loaded again. */
let state = { ...initialState, clearedAt: Number(history.state?.clearedAt ?? 0) };
let isDrawn = true;

const dispatch = (change: Change) => {
  const next = reduce(state, change);
  if (next === state) return;
  const { clearedAt } = next;
  if (clearedAt !== state.clearedAt) history.replaceState({ clearedAt }, "");
  state = next;
  // What somebody does shows at once, what comes once a frame.
  if (immediate.has(change.type)) return draw();
  if (!isDrawn) return;
  isDrawn = false;
  requestAnimationFrame(draw);
};

const reconnect = readStream({
  update: (update) => dispatch({ type: "update", update, at: Date.now() }),
  lost: () => dispatch({ type: "lost" }),
  connecting: () => dispatch({ type: "connecting" }),
  replaced: () => dispatch({ type: "replaced" }),
});

function draw() {
  isDrawn = true;
  render(<App state={state} dispatch={dispatch} reconnect={reconnect} />, document.body);
}

draw();
