import type { ServerResponse } from "node:http";
import { pause, setImmediate } from "../machine/real-time.ts";
import {
  type Bounds,
  createEventBuffer,
  defaultBounds,
  type KeptEvent,
  type NewEvent,
  type Original,
} from "./event-buffer.ts";
import type {
  Hello,
  InspectedDelivery,
  InspectedEvent,
  InspectedSubscription,
  Note,
  Update,
} from "./protocol.ts";

/** What pages see: what has happened, and what happens. */
export interface Feed {
  /** Returns the event's number. */
  add(event: NewEvent, original: Original): number;
  /** Undefined for an event that is not kept. */
  find(number: number): KeptEvent | undefined;
  deliver(number: number, delivery: InspectedDelivery): void;
  note(note: Note): void;
  setSubscriptions(subscriptions: readonly InspectedSubscription[]): void;
  /** Undefined where nothing is recorded. */
  setRecording(file: string | undefined): void;
  /** Something in the emulator may have changed. */
  touchEmulator(): void;
  /** Streams everything to a page until one of them leaves. Returns false where there are too many pages already. */
  open(response: ServerResponse): boolean;
  /** Tells the pages that nothing will follow. Resolves once they have it, or after a moment. */
  end(message: string): Promise<void>;
}

export interface FeedOptions {
  readonly hello: () => Omit<Hello, "keeps">;
  readonly bounds?: Bounds;
  /** Resolves after these milliseconds of real time, or once the signal aborts. Tests have their own. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Pages at a time. A browser keeps six connections to one server at most, so there are several of them then. */
const mostPages = 16;
/** Milliseconds in which what is new is collected, once something was sent. */
const collectingTime = 50;
/** Milliseconds: a browser that hears nothing for long cannot tell a quiet server from one that is gone. */
export const heartbeatInterval = 15_000;
/** Milliseconds that pages have to hear of the end. */
const longestEnd = 500;
/** Notes that are kept. */
const mostNotes = 200;
/** Characters of JSON after which no further event is added to one message. */
const longestMessage = 256 * 1024;

export function createFeed(options: FeedOptions): Feed {
  const { hello, bounds = defaultBounds, pause: wait = pause } = options;
  const buffer = createEventBuffer(bounds);
  let notes: readonly { readonly note: Note; readonly revision: number }[] = [];
  /** The latest message of each of these kinds. */
  const latest = new Map<Update["type"], { readonly update: Update; readonly revision: number }>();
  const pages = new Set<Page>();
  const ending = new AbortController();
  /** Counts the changes of everything. */
  let revision = 0;
  let isScheduled = false;

  /** Sends what is new soon, together with what else comes until then. */
  function changed(): number {
    revision += 1;
    if (!isScheduled && pages.size > 0) {
      isScheduled = true;
      setImmediate(async () => {
        for (const page of pages) page.send();
        await wait(collectingTime, ending.signal);
        isScheduled = false;
        for (const page of pages) page.send();
      });
    }
    return revision;
  }

  function set(update: Update): void {
    latest.set(update.type, { update, revision: changed() });
  }

  /**
   * What a page has not seen yet, in messages of bounded size. It has seen all that changed up to a revision. What is
   * newer is sent in passes, each from the oldest event to the newest, so that nothing is kept for a page that is slow.
   */
  function* unseen(): Generator<Update, never, unknown> {
    yield { type: "hello", hello: { ...hello(), keeps: bounds } };
    for (let since = 0; ; ) {
      const until = revision;
      for (const { update, revision: at } of latest.values()) if (at > since) yield update;
      const newNotes = notes.filter((each) => each.revision > since);
      if (newNotes.length > 0) yield { type: "notes", notes: newNotes.map(({ note }) => note) };
      yield* eventsSince(since);
      since = until;
      while (revision === since) yield nothingNew;
    }
  }

  function* eventsSince(since: number): Generator<Update> {
    for (let after = 0; ; ) {
      const events: InspectedEvent[] = [];
      let length = 0;
      for (const event of buffer.changed(since, after)) {
        events.push(event);
        length += event.text.length + (event.delivery?.body?.length ?? 0);
        if (length > longestMessage) break;
      }
      const last = events.at(-1);
      if (!last) return;
      after = last.number;
      yield { type: "events", events };
    }
  }

  function createPage(response: ServerResponse): Page {
    const updates = unseen();
    const left = new AbortController();
    let isSlow = false;
    const write = (text: string) => {
      isSlow = !response.write(text);
    };
    const page: Page = {
      send() {
        while (!isSlow) {
          const { value } = updates.next();
          if (value === nothingNew) return;
          write(`data: ${JSON.stringify(value)}\n\n`);
        }
      },
      async end(message) {
        page.send();
        // One that is slow learns it from the end of the connection.
        if (isSlow) return;
        const update: Update = { type: "end", message };
        await new Promise<void>((resolve) => {
          response.on("close", resolve);
          response.end(`data: ${JSON.stringify(update)}\n\n`, resolve);
        });
      },
    };
    response.on("drain", () => {
      isSlow = false;
      page.send();
    });
    response.on("close", () => {
      pages.delete(page);
      left.abort();
    });
    void (async () => {
      for (;;) {
        await wait(heartbeatInterval, left.signal);
        if (left.signal.aborted) return;
        if (!isSlow) write(":\n\n");
      }
    })();
    return page;
  }

  return {
    add: (event, original) => buffer.add(event, original, changed()),
    find: buffer.find,
    deliver: (number, delivery) => buffer.deliver(number, delivery, changed()),
    note(note) {
      notes = [...notes, { note, revision: changed() }].slice(-mostNotes);
    },
    setSubscriptions: (subscriptions) => set({ type: "subscriptions", subscriptions }),
    setRecording: (file) => set({ type: "recording", ...(file !== undefined && { file }) }),
    touchEmulator: () => set({ type: "emulator" }),
    open(response) {
      if (pages.size >= mostPages || ending.signal.aborted) return false;
      response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8" });
      const page = createPage(response);
      pages.add(page);
      page.send();
      return true;
    },
    async end(message) {
      ending.abort();
      const ends = Promise.all([...pages].map((page) => page.end(message)));
      const late = new AbortController();
      await Promise.race([ends, wait(longestEnd, late.signal)]);
      late.abort();
    },
  };
}

interface Page {
  /** Sends what is new, as far as the browser takes it. */
  send(): void;
  end(message: string): Promise<void>;
}

/** Not sent. */
const nothingNew: Update = { type: "emulator" };
