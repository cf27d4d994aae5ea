import { createClient, RcwhError, seal } from "rcwh/client";
import { durableObjectStore } from "./store.js";

export { StoreObject } from "./store.js";

// biome-ignore lint/style/noDefaultExport: what Workers is looking for.
export default {
  /** Called by a cron trigger. What it throws is in the log, and the next run tries again. */
  async scheduled(_event, env) {
    const client = createClient({
      server: env.RINGCENTRAL_SERVER_URL,
      credentials: {
        clientId: env.RINGCENTRAL_CLIENT_ID,
        clientSecret: env.RINGCENTRAL_CLIENT_SECRET,
        jwt: env.RINGCENTRAL_JWT,
      },
      store: seal(durableObjectStore(env.STORE), env.STORE_KEY),
      owner: "worker",
    });
    const webhook = { url: env.WEBHOOK_URL, filters: env.FILTERS.split(","), expiresIn: "7d" };
    const { outcome, subscription, error } = await client.ensure(webhook);
    // Also where it lives, and needs somebody: fewer filters than asked for, a second webhook with the same URL …
    if (error) throw new RcwhError(error);
    // biome-ignore lint/suspicious/noConsole: a Worker has no other output.
    console.log(`${outcome} ${subscription.id}, which expires ${subscription.expirationTime}`);
  },
};
