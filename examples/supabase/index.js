import postgres from "postgres";
import { createClient, postgresStore, RcwhError, seal } from "rcwh/client";

const env = (name) => Deno.env.get(name);
// Through the pooler of Supabase, connections are shared between statements: nothing is prepared.
const sql = postgres(env("SUPABASE_DB_URL"), { prepare: false, max: 2, idle_timeout: 20 });

const client = createClient({
  server: env("RINGCENTRAL_SERVER_URL"),
  credentials: {
    clientId: env("RINGCENTRAL_CLIENT_ID"),
    clientSecret: env("RINGCENTRAL_CLIENT_SECRET"),
    jwt: env("RINGCENTRAL_JWT"),
  },
  store: seal(postgresStore(sql), env("STORE_KEY")),
  owner: "edge function renew",
});

/** Called by pg_cron. */
Deno.serve(async (request) => {
  if (request.headers.get("Authorization") !== `Bearer ${env("CRON_SECRET")}`) {
    return new Response("Unauthorized", { status: 401 });
  }
  try {
    const webhook = {
      url: env("WEBHOOK_URL"),
      filters: env("FILTERS").split(","),
      expiresIn: "7d",
    };
    const { outcome, subscription, error } = await client.ensure(webhook);
    // Also where it lives, and needs somebody: fewer filters than asked for, a second webhook with the same URL …
    if (error) throw new RcwhError(error);
    return Response.json({ outcome, id: subscription.id, expires: subscription.expirationTime });
  } catch ({ code, message, permanent }) {
    return Response.json({ code, message, permanent }, { status: permanent ? 500 : 503 });
  }
});
