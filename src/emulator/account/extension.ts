import { json } from "../answers.ts";
import type { Backend, Call } from "../backend.ts";
import { problemOf } from "../problems.ts";
import type { EmulatorSettings } from "../settings.ts";
import type { User } from "../sign-in/users.ts";
import { accountUri, namedExtension, readExtensions, readerOf } from "./reader.ts";

/** The user's own extension, or a colleague's. */
export function showExtension(call: Call, backend: Backend): Response {
  const reader = readerOf(call, backend);
  const user = namedExtension(call, reader, backend.settings);
  const account = accountUri(call, user);
  return json({
    uri: `${account}/extension/${user.extensionId}`,
    id: user.extensionId,
    extensionNumber: user.extensionNumber,
    name: user.name,
    type: user.type,
    status: user.status,
    contact: contactOf(user),
    account: { uri: account, id: String(user.accountId) },
  });
}

export function contactOf({ name, number, department }: User) {
  const [firstName, lastName = ""] = name.split(/ (.*)/s);
  const email = `user.${number}@example.com`;
  return { firstName, lastName, email, ...(department !== undefined && { department }) };
}

export function listFeatures(call: Call, backend: Backend): Response {
  const reader = readerOf(call, backend);
  namedExtension(call, reader, backend.settings);
  if (reader.missingPermissions.includes(readExtensions)) {
    throw problemOf("CMN-408", { permissionName: readExtensions });
  }
  const ids = call.req.queries("featureId");
  const onlyAvailable = call.req.query("availableOnly") === "true";
  const records = featuresOf(backend.settings).filter(
    ({ id, available }) => (!ids || ids.includes(id)) && (available || !onlyAvailable),
  );
  return json({ records });
}

/** The one feature that matters to webhooks, in the words of RingCentral's guide to Message Threads. */
function featuresOf({ messageThreads }: EmulatorSettings) {
  const id = "MessageThreads";
  if (!messageThreads) {
    const message = "The feature is unavailable for the current service plan";
    return [{ id, available: false, reason: { code: "ServicePlanLimitation", message } }];
  }
  const params = ["callQueueSupported", "siteSupported"].map((name) => ({ name, value: "true" }));
  return [{ id, available: true, params }];
}
