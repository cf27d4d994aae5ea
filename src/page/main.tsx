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

let state = initialState;
let isDrawn = true;

const dispatch = (change: Change) => {
  const next = reduce(state, change);
  if (next === state) return;
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
