import pg from "pg";
import { createClient, postgresStore, RcwhError, seal } from "rcwh/client";

const env = process.env;
const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 });
// Lambda freezes the process between two runs, and connections break meanwhile: the next query opens another.
pool.on("error", () => {});

const client = createClient({
  server: env.RINGCENTRAL_SERVER_URL,
  credentials: {
    clientId: env.RINGCENTRAL_CLIENT_ID,
    clientSecret: env.RINGCENTRAL_CLIENT_SECRET,
    jwt: env.RINGCENTRAL_JWT,
  },
  store: seal(postgresStore(pool), env.STORE_KEY),
  owner: `lambda ${env.AWS_LAMBDA_FUNCTION_NAME}`,
});

/** Called by a schedule. What it throws, Lambda tries again twice, and then sends to the function's dead-letter queue. */
export async function handler(_event, context) {
  const webhook = { url: env.WEBHOOK_URL, filters: env.FILTERS.split(","), expiresIn: "7d" };
  const deadline = context.getRemainingTimeInMillis() - 1000;
  const { outcome, subscription, error } = await client.ensure(webhook, { deadline });
  // Also where it lives, and needs somebody: fewer filters than asked for, a second webhook with the same URL …
  if (error) throw new RcwhError(error);
  return { outcome, id: subscription.id, expires: subscription.expirationTime };
}
