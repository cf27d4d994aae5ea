// A reference for rcwh: the shortest script over @ringcentral/sdk that lists the subscriptions, written as in the SDK's
// README. It signs in on every run, unless BENCH_TOKEN has a token.
const { SDK } = require("@ringcentral/sdk");

const { RCWH_SERVER, RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT, BENCH_TOKEN } = process.env;

async function list() {
  const sdk = new SDK({
    server: RCWH_SERVER,
    clientId: RCWH_CLIENT_ID,
    clientSecret: RCWH_CLIENT_SECRET,
  });
  const platform = sdk.platform();
  if (BENCH_TOKEN) {
    await platform.auth().setData({
      token_type: "Bearer",
      access_token: BENCH_TOKEN,
      expires_in: "3600",
      expire_time: Date.now() + 3_600_000,
    });
  } else {
    await platform.login({ jwt: RCWH_JWT });
  }
  const response = await platform.get("/restapi/v1.0/subscription");
  const { records } = await response.json();
  for (const { id, status, expirationTime, deliveryMode } of records) {
    process.stdout.write(`${id}\t${status}\t${expirationTime}\t${deliveryMode.address}\n`);
  }
}

list();
