import type { Backend, Call } from "../backend.ts";
import { accountOf, findUser, type User } from "../sign-in/users.ts";
import { contactOf } from "./extension.ts";
import { answerPage, valuesIn } from "./paging.ts";
import { accountUri, notFound, readExtensions, readerOf } from "./reader.ts";

/**
 * The account's extensions of all types (listExtensions: Medium, ReadAccounts, ReadExtensions). Their order is
 * undocumented; here it is that of the ids.
 */
export function listExtensions(call: Call, backend: Backend): Response {
  const { account, everybody, sites } = open(call, backend);
  const types = valuesIn(call, "type", extensionTypes);
  const statuses = valuesIn(call, "status", extensionStatuses);
  const emails = valuesIn(call, "email");
  const number = call.req.query("extensionNumber");
  const records = everybody
    .filter(
      (user) =>
        (types?.includes(user.type) ?? true) &&
        (statuses?.includes(user.status) ?? true) &&
        (emails?.includes(contactOf(user).email) ?? true) &&
        (number === undefined || numberOf(user).extensionNumber === number),
    )
    .map((user) => ({
      id: user.extensionId,
      uri: `${account}/extension/${user.extensionId}`,
      ...numberOf(user),
      name: user.name,
      type: user.type,
      status: user.status,
      contact: contactOf(user),
      permissions: { admin: { enabled: user.admin } },
      ...siteOf(user, sites),
    }));
  return answerPage(call, `${account}/extension`, records);
}

/** The account's call queues (listCallQueues: Medium): extensions of the type Department, as it was called before. */
export function listCallQueues(call: Call, backend: Backend): Response {
  const { account, everybody, sites } = open(call, backend);
  const member = call.req.query("memberExtensionId");
  const records = everybody
    .filter(
      (user) =>
        user.type === "Department" &&
        (member === undefined ||
          membersOf(user, everybody).some(({ extensionId }) => String(extensionId) === member)),
    )
    .map((user) => ({
      id: String(user.extensionId),
      uri: `${account}/call-queues/${user.extensionId}`,
      ...numberOf(user),
      name: user.name,
      status: user.status,
      ...siteOf(user, sites),
    }));
  return answerPage(call, `${account}/call-queues`, records);
}

/** The users in a call queue (listCallQueueMembers: Light). */
export function listCallQueueMembers(call: Call, backend: Backend): Response {
  const { reader, account, everybody } = open(call, backend);
  const id = call.req.param("groupId") ?? "";
  const queue = findUser(id, backend.settings.users);
  const isOwn = queue?.accountId === reader.accountId && queue.type === "Department";
  if (!isOwn) throw notFound("groupId");
  const records = membersOf(queue, everybody).map((user) => ({
    id: user.extensionId,
    uri: `${account}/extension/${user.extensionId}`,
    ...numberOf(user),
  }));
  return answerPage(call, `${account}/call-queues/${id}/members`, records);
}

/** The account's sites (listSites: Light): extensions of the type Site, beside the main one. */
export function listSites(call: Call, backend: Backend): Response {
  const { account, sites } = open(call, backend);
  const records = sites.map((site) => ({
    id: String(site.extensionId),
    uri: `${account}/sites/${site.extensionId}`,
    name: site.name,
    ...numberOf(site),
  }));
  return answerPage(call, `${account}/sites`, records);
}

function open(call: Call, backend: Backend) {
  const reader = readerOf(call, backend, readExtensions);
  const everybody = accountOf(reader, backend.settings.users);
  const sites = everybody.filter(({ type }) => type === "Site");
  return { reader, account: accountUri(call, reader), everybody, sites };
}

function membersOf({ members = [] }: User, everybody: readonly User[]): readonly User[] {
  return everybody.filter(({ number }) => members.includes(number));
}

/** "If `Unassigned` is specified, then extensions without `extensionNumber` attribute are returned." */
function numberOf({ status, extensionNumber }: User): { readonly extensionNumber?: string } {
  return status === "Unassigned" ? {} : { extensionNumber };
}

/** Only an account with several sites says which. */
function siteOf({ type, site }: User, sites: readonly User[]) {
  if (sites.length === 0 || type === "Site") return {};
  const found = sites.find(({ number }) => number === site);
  if (!found) return { site: { id: "main-site", name: "Main Site" } };
  return { site: { id: String(found.extensionId), name: found.name } };
}

const extensionStatuses = ["Enabled", "Disabled", "Frozen", "NotActivated", "Unassigned"];
const extensionTypes = [
  "User",
  "Department",
  "Announcement",
  "Voicemail",
  "DigitalUser",
  "VirtualUser",
  "FaxUser",
  "PagingOnly",
  "SharedLinesGroup",
  "DelegatedLinesGroup",
  "GroupCallPickup",
  "IvrMenu",
  "ApplicationExtension",
  "ProxyAdmin",
  "RoomConnector",
  "ParkLocation",
  "Limited",
  "Bot",
  "Site",
  "Room",
  "FlexibleUser",
  "TieLine",
  "VoiceAppIntegration",
  "WebVoice",
  "Unknown",
];
