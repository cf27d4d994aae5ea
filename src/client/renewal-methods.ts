import { carryOutRecovery, planRecovery } from "../lifecycle/renewal/recover-account.ts";
import { recreateMissing } from "../lifecycle/renewal/recreate-missing.ts";
import { renewAccount } from "../lifecycle/renewal/renew-account.ts";
import { callOptionNames, checkMembersOf } from "./checked-options.ts";
import type { Client } from "./interface.ts";
import { inOneRun } from "./one-run.ts";
import type { CallOptions, RecoverCallOptions, RenewCallOptions } from "./options.ts";
import type { Sessions } from "./sessions.ts";
import { checkNames, checkToken, lifetimeOf, limitOf, spanOf } from "./wishes.ts";

/** A renewal that asks for nothing in particular. */
const renewal = {
  ...{ selector: { ids: [] }, ignore: [], within: undefined, expiresIn: undefined },
  ...{ dryRun: false, recover: false, recreate: false, showSecrets: false },
};

/** The methods that keep subscriptions alive, and bring them back. */
export function renewalMethods(
  sessions: Sessions,
): Pick<Client, "renewDue" | "renew" | "recover" | "recreate"> {
  return {
    renewDue(renewOptions = {}) {
      const names = ["within", "expiresIn", "recover", "recreate", "maxChanges"];
      checkMembersOf(renewOptions, "renewDue", [...names, ...callOptionNames]);
      return inOneRun(sessions, [], renewOptions, ({ account }) => {
        const { within, recover, recreate, maxChanges, expiresIn } = renewOptions;
        const request = {
          ...renewal,
          ...{ within: spanOf(within, "within"), expiresIn: lifetimeOf(expiresIn) },
          ...{ recover: recover ?? false, recreate: recreate ?? false },
          changes: limitOf(maxChanges),
        };
        return renewAccount(account, request, () => {});
      });
    },
    renew(named: string | readonly string[], renewOptions: RenewCallOptions = {}) {
      checkMembersOf(renewOptions, "renew", ["expiresIn", ...callOptionNames]);
      checkNames(named, "renew");
      return inOneRun(sessions, named, renewOptions, ({ account }, ids, changes) => {
        const expiresIn = lifetimeOf(renewOptions.expiresIn);
        const request = { ...renewal, selector: { ids }, expiresIn, changes };
        return renewAccount(account, request, () => {});
      });
    },
    recover(named: string | readonly string[] = [], recoverOptions: RecoverCallOptions = {}) {
      const names = ["verificationToken", "requireToken", "breakBeforeMake"];
      checkMembersOf(recoverOptions, "recover", [...names, ...callOptionNames]);
      return inOneRun(sessions, named, recoverOptions, async ({ account }, ids, changes) => {
        const { verificationToken, requireToken, breakBeforeMake } = recoverOptions;
        const request = {
          selector: { ids },
          changes,
          token: checkToken(verificationToken),
          flags: {
            ...(requireToken && { requireToken: true as const }),
            ...(breakBeforeMake && { breakBeforeMake: true as const }),
          },
        };
        return carryOutRecovery(account, await planRecovery(account, request), request);
      });
    },
    recreate(named: string | readonly string[] = [], recreateOptions: CallOptions = {}) {
      checkMembersOf(recreateOptions, "recreate", callOptionNames);
      return inOneRun(sessions, named, recreateOptions, ({ account }, ids, changes) =>
        recreateMissing(account, ids, changes),
      );
    },
  };
}
