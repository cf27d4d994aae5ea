/** In place of this table: the one in which you keep your customers. One row is one webhook of one RingCentral user. */
export const accountsTable = `
  CREATE TABLE IF NOT EXISTS accounts (
    id text PRIMARY KEY,
    jwt text NOT NULL, -- encrypted, or the name of a secret: see credentialsOf
    url text NOT NULL,
    filters text[] NOT NULL,
    days integer NOT NULL DEFAULT 7 CHECK (days > 0)
  )`;

export async function findAccount(pool, id) {
  const { rows } = await pool.query("SELECT * FROM accounts WHERE id = $1", [id]);
  return rows[0];
}

/** Where the JWT is encrypted, or kept by a secret manager, fetch it here. */
export function credentialsOf({ jwt }) {
  const { RINGCENTRAL_CLIENT_ID: clientId, RINGCENTRAL_CLIENT_SECRET: clientSecret } = process.env;
  return { clientId, clientSecret, jwt };
}
