import { setTimeout as wait } from "node:timers/promises";

/** A minimal RingCentral client: it signs in on its own, and waits when RingCentral asks it to. */
export function createRingCentral({ server, clientId, clientSecret, jwt, sleep = wait }) {
  let accessToken;

  async function signIn() {
    const answer = await patiently(() =>
      fetch(`${server}/restapi/oauth/token`, {
        method: "POST",
        headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
        body: new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          assertion: jwt,
        }),
      }),
    );
    accessToken = (await read(answer)).access_token;
  }

  function send(method, path, body) {
    return patiently(() =>
      fetch(server + path, {
        method,
        headers: {
          Authorization: `Bearer ${accessToken}`,
          ...(body && { "Content-Type": "application/json" }),
        },
        body: body && JSON.stringify(body),
      }),
    );
  }

  /** Retries after a rate limit or a server error. */
  async function patiently(request) {
    for (let tries = 1; ; tries++) {
      const answer = await request();
      if ((answer.status !== 429 && answer.status < 500) || tries === 4) return answer;
      const seconds = Number(answer.headers.get("retry-after") ?? tries);
      await sleep(seconds * 1000);
    }
  }

  return {
    /** The JSON of the answer; the option `missing` is returned for a 404. */
    async call(method, path, body, options = {}) {
      if (!accessToken) await signIn();
      let answer = await send(method, path, body);
      if (answer.status === 401) {
        await signIn();
        answer = await send(method, path, body);
      }
      if (answer.status === 404 && "missing" in options) return options.missing;
      return read(answer);
    },
  };
}

async function read(answer) {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${answer.status} from ${answer.url}: ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
