import type { ListenerControls } from "../listener/observer.ts";
import type { Recorder } from "../listener/recorder.ts";
import type { Feed } from "./feed.ts";
import type { ActionResult } from "./protocol.ts";
import { openRecordingFile } from "./recording-file.ts";

/** Starts and stops recording for the page. Its functions throw ActionError. */
export interface PageRecording {
  record(file: string): Promise<ActionResult>;
  stop(): Promise<ActionResult>;
}

/** Says so where a recording ends because its file cannot be written. */
export function createPageRecording(
  { recordTo, say }: Pick<ListenerControls, "recordTo" | "say">,
  feed: Pick<Feed, "setRecording">,
): PageRecording {
  let current: Recorder | undefined;

  async function replace(next: Recorder | undefined, path?: string): Promise<boolean> {
    const previous = recordTo(next);
    current = next;
    feed.setRecording(path);
    await previous?.close();
    return previous !== undefined;
  }

  return {
    async record(file) {
      const { path, recorder } = await openRecordingFile(file);
      await replace(recorder, path);
      recorder.failed.catch(async (error: Error) => {
        if (current !== recorder) return;
        say(`${error.message} Recording has stopped.`);
        await replace(undefined);
      });
      const how = recorder.appends ? "Appending to" : "Recording to";
      return { message: `${how} ${path}.` };
    },
    async stop() {
      const wasRecording = await replace(undefined);
      return { message: wasRecording ? "Recording has stopped." : "Nothing is recorded." };
    },
  };
}
