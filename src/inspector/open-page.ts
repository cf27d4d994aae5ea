import type { CommandContext } from "../context.ts";
import { CliError } from "../errors.ts";
import { createFeed, type Feed, type FeedOptions } from "./feed.ts";
import { type PageServerOptions, servePage } from "./serve-page.ts";

/** The page that `--ui` asks for. */
export interface PagePlan {
  /** 0 picks a free one; undefined takes the usual one, or a free one where that is in use. */
  readonly port: number | undefined;
}

const usualPort = 4012;

/** A page that is being served. */
export interface OpenPage {
  readonly feed: Feed;
  /** Tells those who look at it that nothing will follow. */
  close(message: string): Promise<void>;
}

/** Serves the page, and prints its address. Throws CliError if the port is taken. */
export async function openPage(
  { port }: PagePlan,
  options: Pick<FeedOptions, "hello"> & Omit<PageServerOptions, "port" | "feed">,
  context: CommandContext,
): Promise<OpenPage> {
  const { io } = context;
  const feed = createFeed(options);
  const serve = (wanted: number) => servePage({ ...options, port: wanted, feed }, context);
  const { url, close } = await serve(port ?? usualPort).catch((error: unknown) => {
    if (port !== undefined || !(error instanceof CliError) || error.code !== "PORT") throw error;
    return serve(0);
  });
  io.say(`Open ${url}`);
  return {
    feed,
    async close(message) {
      await feed.end(message);
      await close();
    },
  };
}
