/** How an app reaches an emulator. */
export interface Access {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly jwt: string;
}

/**
 * The environment variables of rcwh, and those of RingCentral's own clients, samples and templates, for a program that is
 * to talk to the emulator.
 */
export function environmentFor({ url, clientId, clientSecret, jwt }: Access) {
  return {
    RCWH_SERVER: url,
    RCWH_CLIENT_ID: clientId,
    RCWH_CLIENT_SECRET: clientSecret,
    RCWH_JWT: jwt,
    RC_SERVER_URL: url,
    RC_APP_CLIENT_ID: clientId,
    RC_APP_CLIENT_SECRET: clientSecret,
    RC_USER_JWT: jwt,
    RC_CLIENT_ID: clientId,
    RC_CLIENT_SECRET: clientSecret,
    RC_JWT: jwt,
    RINGCENTRAL_SERVER_URL: url,
    RINGCENTRAL_CLIENT_ID: clientId,
    RINGCENTRAL_CLIENT_SECRET: clientSecret,
    RINGCENTRAL_JWT: jwt,
    RINGCENTRAL_JWT_TOKEN: jwt,
  };
}
