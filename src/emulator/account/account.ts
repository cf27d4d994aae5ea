import type { Backend, Call, Routes } from "../backend.ts";
import { addPath } from "../routes.ts";
import { listFeatures, showExtension } from "./extension.ts";
import { listCallQueueMembers, listCallQueues, listExtensions, listSites } from "./lists.ts";
import { listAccountNumbers, listExtensionNumbers } from "./phone-numbers.ts";

/**
 * What can be read of an account. Paths, groups, permissions, parameters and fields are those of RingCentral's API
 * reference, as @rc-ex/core 1.8.6 has them.
 */
export function addAccountRoutes(routes: Routes, backend: Backend): void {
  const account = "/restapi/v1.0/account/:accountId";
  const lists: Readonly<Record<string, (call: Call, backend: Backend) => Response>> = {
    "/extension": listExtensions,
    "/extension/:extensionId": showExtension,
    "/extension/:extensionId/features": listFeatures,
    "/extension/:extensionId/phone-number": listExtensionNumbers,
    "/call-queues": listCallQueues,
    "/call-queues/:groupId/members": listCallQueueMembers,
    "/sites": listSites,
    "/phone-number": listAccountNumbers,
  };
  for (const [path, list] of Object.entries(lists)) {
    addPath(routes, account + path, { GET: (call) => list(call, backend) });
  }
}
