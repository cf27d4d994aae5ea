// The references for `rcwh renew --profiles-from`: sends the same requests over node:http. For each account it signs in,
// lists, renews each subscription, and lists again to verify the renewals. It writes no file, unless a directory is given:
// then it also keeps what nobody can renew safely without. Under a lock for each account that is the token, as soon as there
// is one, then each subscription's expiry, and how the run ended.
//
//   node bench/bare-renew.cjs accounts.ndjson 16
//   node bench/bare-renew.cjs accounts.ndjson 16 /tmp/directory
const {
  createReadStream,
  linkSync,
  mkdirSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} = require("node:fs");
const { Agent, request } = require("node:http");
const { join } = require("node:path");
const { createInterface } = require("node:readline");

const [, , file, concurrency, directory] = process.argv;
const agent = new Agent({ keepAlive: true });

async function renew({ profile, server, clientId, clientSecret, jwt }) {
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    assertion: jwt,
  });
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString("base64");
  const login = { Authorization: `Basic ${basic}`, "Content-Type": formType };
  const files = directory && openFiles(profile);
  const { access_token } = await ask("POST", `${server}/restapi/oauth/token`, login, String(form));
  files?.save({ token: access_token });
  const headers = { Authorization: `Bearer ${access_token}` };
  const list = `${server}/restapi/v1.0/subscription`;
  const { records } = await ask("GET", list, headers);
  const renewed = [];
  for (const { id } of records) {
    renewed.push(await ask("POST", `${list}/${id}/renew`, headers, ""));
  }
  await ask("GET", list, headers);
  files?.save({ token: access_token, records: renewed });
  files?.end({ command: "renew", endedAt: new Date().toISOString(), renewed: renewed.length });
}

/** One lock, linked for each account, and files that are replaced as a whole. */
function openFiles(name) {
  const account = join(directory, "accounts", name);
  linkSync(join(directory, "lock"), `${account}.lock`);
  return {
    save(contents) {
      writeFileSync(`${account}.new`, JSON.stringify(contents), { mode: 0o600 });
      renameSync(`${account}.new`, `${account}.json`);
    },
    end(run) {
      writeFileSync(join(directory, "runs", name), JSON.stringify(run), { mode: 0o600 });
      unlinkSync(`${account}.lock`);
    },
  };
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
  if (directory) {
    for (const name of ["accounts", "runs"]) mkdirSync(join(directory, name), { recursive: true });
    writeFileSync(join(directory, "lock"), String(process.pid));
  }
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
