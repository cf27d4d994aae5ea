// The reference for `rcwh list`: the shortest node:http script that sends the same requests. It signs in on every run,
// unless BENCH_TOKEN has a token.
const { request } = require("node:http");

const { RCWH_SERVER, RCWH_CLIENT_ID, RCWH_CLIENT_SECRET, RCWH_JWT, BENCH_TOKEN } = process.env;
const basic = Buffer.from(`${RCWH_CLIENT_ID}:${RCWH_CLIENT_SECRET}`).toString("base64");

if (BENCH_TOKEN) {
  list(BENCH_TOKEN);
} else {
  const headers = {
    Authorization: `Basic ${basic}`,
    "Content-Type": "application/x-www-form-urlencoded",
  };
  const grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
  const body = String(new URLSearchParams({ grant_type: grant, assertion: RCWH_JWT }));
  send("POST", "/restapi/oauth/token", headers, body, ({ access_token }) => list(access_token));
}

function list(token) {
  const headers = { Authorization: `Bearer ${token}`, Accept: "application/json" };
  send("GET", "/restapi/v1.0/subscription", headers, undefined, ({ records }) => {
    for (const { id, status, expirationTime, deliveryMode } of records) {
      process.stdout.write(`${id}\t${status}\t${expirationTime}\t${deliveryMode.address}\n`);
    }
  });
}

function send(method, path, headers, body, use) {
  const outgoing = request(RCWH_SERVER + path, { method, headers }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk) => {
      text += chunk;
    });
    response.on("end", () => use(JSON.parse(text)));
  });
  outgoing.end(body);
}
