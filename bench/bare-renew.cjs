// The reference for `rcwh renew --profiles-from`: sends the same requests over node:http and writes no file. For each account
// it signs in, lists, renews each subscription, and lists again to verify the renewals.
//
//   node bench/bare-renew.cjs accounts.ndjson 16
const { createReadStream } = require("node:fs");
const { Agent, request } = require("node:http");
const { createInterface } = require("node:readline");

const [, , file, concurrency] = process.argv;
const agent = new Agent({ keepAlive: true });

async function renew({ server, clientId, clientSecret, jwt }) {
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: jwt,
  });
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  const login = { Authorization: `Basic ${basic}`, "Content-Type": formType };
  const { access_token } = await ask("POST", `${server}/restapi/oauth/token`, login, String(form));
  const headers = { Authorization: `Bearer ${access_token}` };
  const list = `${server}/restapi/v1.0/subscription`;
  const { records } = await ask("GET", list, headers);
  for (const { id } of records) await ask("POST", `${list}/${id}/renew`, headers, "");
  await ask("GET", list, headers);
}

const formType = "application/x-www-form-urlencoded";

function ask(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { "Content-Length": Buffer.byteLength(body) };
    const all = { Accept: "application/json", ...headers, ...length };
    const outgoing = request(url, { method, agent, headers: all });
    outgoing.on("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => {
        if (response.statusCode === 200) resolve(JSON.parse(text));
        else reject(new Error(`${url} answered ${response.statusCode}: ${text}`));
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

async function main() {
  const lines = createInterface({ input: createReadStream(file) })[Symbol.asyncIterator]();
  const work = async () => {
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      await renew(JSON.parse(line.value));
    }
  };
  await Promise.all(Array.from({ length: Number(concurrency) }, work));
  agent.destroy();
}

main();
