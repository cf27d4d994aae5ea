import type { Sdk, SdkOptions, Send } from "./sdk.ts";

/** What @ringcentral/sdk of the version that rcwh is built with says of itself. */
const sdkName = "RCJSSDK/5.0.11";

const tokenEndpoint = "/restapi/oauth/token";
const revokeEndpoint = "/restapi/oauth/revoke";

/**
 * The requests of @ringcentral/sdk, byte for byte, without it: it takes Node's modules, and a bundle without it is a third as
 * large. `test/api/plain-requests.test.ts` compares the two.
 */
export async function openPlainRequests({ credentials, version }: SdkOptions): Promise<Sdk> {
  const { clientId, clientSecret } =
    credentials.kind === "jwt" ? credentials : { clientId: "", clientSecret: "" };
  const agents = {
    "X-User-Agent": `rcwh/${version} ${sdkName}`,
    Accept: "application/json",
    "User-Agent": `rcwh/${version}`,
  };

  async function converse(
    path: string,
    fields: Readonly<Record<string, string>>,
    send: Send,
  ): Promise<void> {
    // An app without a secret names itself in the body.
    const isPublic = clientSecret === "";
    const authorization = isPublic
      ? {}
      : { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };
    const body = isPublic ? { ...fields, client_id: clientId } : fields;
    await send({
      method: "POST",
      path,
      headers: {
        "Content-Type": "application/x-www-form-urlencoded",
        ...authorization,
        ...agents,
      },
      body: Object.entries(body)
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
        .join("&"),
    });
  }

  return {
    login: (jwt, send) =>
      converse(
        tokenEndpoint,
        { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: jwt },
        send,
      ),
    refresh: ({ refreshToken = "" }, send) =>
      converse(
        tokenEndpoint,
        {
          grant_type: "refresh_token",
          refresh_token: refreshToken,
          access_token_ttl: "3600",
          refresh_token_ttl: "604800",
        },
        send,
      ),
    logout: ({ accessToken }, send) => converse(revokeEndpoint, { token: accessToken }, send),
    async request({ accessToken }, { method, path, body }, send) {
      const { json } = await send({
        method,
        path,
        headers: {
          Authorization: `Bearer ${accessToken}`,
          ...(clientId !== "" && { "Client-Id": clientId }),
          ...(body && { "Content-Type": "application/json" }),
          ...agents,
        },
        body: body && JSON.stringify(body),
      });
      return json;
    },
  };
}
