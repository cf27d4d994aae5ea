import { CliError, ExitCode } from "../errors.ts";
import { type Api, subscriptionPaths } from "../filters/api.ts";

/** RingCentral's usage plan groups: Light 50, Medium 40, Heavy 10, Auth 5 requests a minute, per user and app. */
type QuotaGroup = "light" | "medium" | "heavy" | "auth";

/** One operation of the platform, and how its failures are handled. */
export interface Operation {
  /** Constant for all calls of this kind. */
  readonly name: string;
  /** For messages, as an infinitive: "list the subscriptions". */
  readonly attempt: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path at the server, from `/`. */
  readonly path: string;
  readonly group: QuotaGroup;
  /** Whether it may be sent again after a lost answer, because doing it twice is the same as once. */
  readonly repeatable: boolean;
  /** Whether an empty 2xx is an error. A body that is not JSON always is. */
  readonly expectsJson: boolean;
  /** Whether "not found" refers to the subscription. */
  readonly namesSubscription: boolean;
  /** The token endpoint: its 4xx always mean that the credentials were refused. */
  readonly signsIn: boolean;
  /** The address that the server is asked to deliver to, if any: a refusal may be about it. */
  readonly endpoint?: string | undefined;
}

export const signInOperation: Operation = {
  name: "sign in",
  attempt: "sign in",
  method: "POST",
  path: "/restapi/oauth/token",
  group: "auth",
  repeatable: false,
  expectsJson: true,
  namesSubscription: false,
  signsIn: true,
};

export const refreshOperation: Operation = {
  ...signInOperation,
  attempt: "refresh the session",
};

export const revokeOperation: Operation = {
  ...signInOperation,
  name: "revoke",
  attempt: "end the session",
  path: "/restapi/oauth/revoke",
  expectsJson: false,
  signsIn: false,
};

/** Repeatable, because an unused token expires after half a minute. */
export const webSocketTokenOperation: Operation = {
  ...signInOperation,
  name: "WebSocket token",
  attempt: "open the WebSocket gateway",
  path: "/restapi/oauth/wstoken",
  repeatable: true,
  signsIn: false,
};

/** `GET /restapi/v1.0/account/~/extension/~`; the app needs the scope ReadAccounts. */
export const extensionOperation: Operation = {
  name: "read extension",
  attempt: "read the signed-in user",
  method: "GET",
  path: "/restapi/v1.0/account/~/extension/~",
  group: "light",
  repeatable: true,
  expectsJson: true,
  namesSubscription: false,
  signsIn: false,
};

/** RingCentral counts it as Medium. The app needs the scope ReadAccounts, and the user the permission ReadExtensions. */
export function featureOperation(id: string): Operation {
  return {
    ...extensionOperation,
    name: "read feature",
    attempt: `ask whether the user has ${id}`,
    path: `${extensionOperation.path}/features?featureId=${encodeURIComponent(id)}`,
    group: "medium",
  };
}

export function listOperation(api: Api): Operation {
  return {
    ...extensionOperation,
    name: `list ${api}`,
    attempt: `list the ${noun(api)}s`,
    path: subscriptionPaths[api],
  };
}

/** Never sent again after it may have been processed: that would make a second subscription. */
export function createOperation(api: Api, endpoint?: string): Operation {
  return {
    ...listOperation(api),
    name: `create ${api}`,
    attempt: `create the ${noun(api)}`,
    method: "POST",
    group: "medium",
    repeatable: false,
    endpoint,
  };
}

/** Throws exit 3 for what cannot be an id, such as `..`, which would address another resource. */
export function readOperation(api: Api, id: string): Operation {
  return {
    ...extensionOperation,
    name: `read ${api}`,
    attempt: `read the ${noun(api)} ${id}`,
    path: `${subscriptionPaths[api]}/${segment(id)}`,
    namesSubscription: true,
  };
}

export function updateOperation(api: Api, id: string): Operation {
  return {
    ...readOperation(api, id),
    name: `update ${api}`,
    attempt: `update the ${noun(api)} ${id}`,
    method: "PUT",
    group: "medium",
  };
}

export function deleteOperation(api: Api, id: string): Operation {
  return {
    ...readOperation(api, id),
    name: `delete ${api}`,
    attempt: `delete the ${noun(api)} ${id}`,
    method: "DELETE",
    group: "medium",
    expectsJson: false,
  };
}

export function renewOperation(api: Api, id: string): Operation {
  return {
    ...readOperation(api, id),
    name: `renew ${api}`,
    attempt: `renew the ${noun(api)} ${id}`,
    method: "POST",
    path: `${subscriptionPaths[api]}/${segment(id)}/renew`,
  };
}

function noun(api: Api): string {
  return api === "webinar" ? "webinar subscription" : "subscription";
}

function segment(id: string): string {
  if (/^\.*$/.test(id)) {
    throw new CliError(`There is no subscription with the id "${id}".`, {
      exitCode: ExitCode.notFound,
      code: "NOT_FOUND",
      hint: "List the subscriptions with `rcwh list`.",
    });
  }
  // Half a surrogate pair cannot be percent-encoded.
  return encodeURIComponent(id.toWellFormed());
}
