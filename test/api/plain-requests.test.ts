import { describe, test } from "vitest";
import type { HttpRequest } from "../../src/api/http.ts";
import { openPlainRequests } from "../../src/api/plain-requests.ts";
import { openSdk, type SdkOptions } from "../../src/api/sdk.ts";

const token = { accessToken: "access token/é", refreshToken: "refresh+&=é" };
const path = "/restapi/v1.0/subscription";
const definition = {
  eventFilters: ["/restapi/v1.0/account/~/extension/~/message-store?type=SMS"],
  deliveryMode: { transportType: "WebHook", address: "https://example.com/höök?a=b" },
  expiresIn: 604_800,
};

/** Everything that a run asks of it, as the requests that come out. */
async function requestsOf(
  open: typeof openSdk,
  credentials: SdkOptions["credentials"],
): Promise<readonly HttpRequest[]> {
  const sent: HttpRequest[] = [];
  const send = async (request: HttpRequest) => {
    sent.push(request);
    const json = { access_token: "new", token_type: "bearer", expires_in: 3600 };
    return { status: 200, statusText: "OK", headers: {}, body: JSON.stringify(json), json };
  };
  const requests = await open({ credentials, version: "1.2.3" });
  if (credentials.kind === "jwt") {
    await requests.login(credentials.jwt, send);
    await requests.refresh(token, send);
    await requests.logout(token, send);
  }
  for (const [method, at, body] of [
    ["GET", `${path}?page=1`, undefined],
    ["POST", path, definition],
    ["GET", `${path}/a%20b`, undefined],
    ["PUT", `${path}/a`, {}],
    ["POST", `${path}/a/renew`, undefined],
    ["DELETE", `${path}/a`, undefined],
    ["POST", "/restapi/oauth/wstoken", undefined],
  ] as const) {
    await requests.request(token, { method, path: at, body }, send);
  }
  return sent;
}

describe("the requests without the SDK", () => {
  test.for<[string, SdkOptions["credentials"]]>([
    ["an app", { kind: "jwt", clientId: "cl ient", clientSecret: "s:é=", jwt: "e.y+J/ &é~'()*!" }],
    ["an app without a secret", { kind: "jwt", clientId: "id", clientSecret: "", jwt: "jwt" }],
    ["a borrowed token", { kind: "token", accessToken: "theirs" }],
  ])("are those of the SDK, byte for byte, of %s", async ([, credentials], { expect }) => {
    const plain = await requestsOf(openPlainRequests, credentials);
    expect(plain.map(inOrder)).toEqual((await requestsOf(openSdk, credentials)).map(inOrder));
    expect(plain.length).toBe(credentials.kind === "jwt" ? 10 : 7);
  });

  test("give the answer's JSON, and the error of the one who sends", async ({ expect }) => {
    const requests = await openPlainRequests({
      credentials: { kind: "token", accessToken: "theirs" },
      version: "1.2.3",
    });
    const call = { method: "GET", path, body: undefined };
    const answer = { status: 200, statusText: "OK", headers: {}, body: "", json: { a: 1 } };
    expect(await requests.request(token, call, async () => answer)).toEqual({ a: 1 });

    const failure = new Error("no answer");
    const fails = requests.request(token, call, () => Promise.reject(failure));
    await expect(fails).rejects.toBe(failure);
  });
});

/** Headers as a list, because their order is part of the bytes. */
function inOrder({ headers, ...request }: HttpRequest) {
  return { ...request, headers: Object.entries(headers) };
}
