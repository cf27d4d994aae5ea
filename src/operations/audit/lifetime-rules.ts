import { type Check, rule } from "../../check/check.ts";
import { ExitCode } from "../../errors.ts";
import { countOf } from "../../lifecycle/inventory.ts";
import { dueBefore, isDue } from "../../subscriptions/due.ts";
import { formatDuration, remainingSeconds } from "../../subscriptions/lifetime.ts";
import { defaultLifetime, subscriptionLimit } from "../../subscriptions/limits.ts";
import { nameOf } from "../../subscriptions/name.ts";
import { relativeExpiry } from "../../subscriptions/time.ts";
import { type Audited, about, orPass } from "./audited.ts";

const ofExpiry = rule("expiry", "renewed in time");
const ofSchedule = rule("schedule", "renewals more often than lifetimes allow");
const ofQuota = rule("quota", `at most 80 % of ${subscriptionLimit}`);

const tooMany = subscriptionLimit * 0.8;

/** Lifetimes to suggest, with their seconds. */
const lifetimes = [
  ["7d", 604_800],
  ["30d", 2_592_000],
  ["90d", 7_776_000],
  ["1y", 31_536_000],
  ["10y", 315_360_000],
] as const;

/** Reports what expires soon without a known schedule that renews it. */
export function checkExpiry({ webhooks, inventory, schedule, now }: Audited): readonly Check[] {
  const [first] = webhooks;
  if (!first) return [ofExpiry.skip("no webhooks")];
  const next = relativeExpiry(remainingSeconds(first, now) * 1000);
  if (schedule.isAlive)
    return [ofExpiry.pass(`renewals are scheduled; the next one expires ${next}`)];
  const due = webhooks.filter((each) =>
    isDue(each, { recorded: inventory.records.get(each.id), now }),
  );
  const found = due.map((each) =>
    ofExpiry.fail(
      `${nameOf(each)} expires ${relativeExpiry(remainingSeconds(each, now) * 1000)}, and no schedule is known that renews it`,
      about([each], {
        exitCode: ExitCode.attention,
        hint: `Renew it now with \`rcwh renew ${each.id}\`, then schedule that.`,
      }),
    ),
  );
  return orPass(found, ofExpiry.pass(`the next one expires ${next}`));
}

/** Reports lifetimes of which a third, in which they are due, is shorter than the time between two runs. */
export function checkSchedule({ webhooks, inventory, schedule, now }: Audited): readonly Check[] {
  const { interval, evidence } = schedule;
  if (webhooks.length === 0) return [ofSchedule.skip("no webhooks")];
  if (interval === undefined) {
    return [
      ofSchedule.skip("not known: no run is recorded, and the crontab has no `rcwh renew`", {
        hint: "Print a schedule with `rcwh cron print`, or say how often another machine renews with --every.",
      }),
    ];
  }
  const found = webhooks.flatMap((each) => {
    const lifetime = inventory.records.get(each.id)?.expiresIn;
    const due = Math.min(dueBefore({ lifetime }), lifetime ?? defaultLifetime);
    if (due >= interval) return [];
    const remaining = remainingSeconds(each, now);
    const longer = lifetimes.find(([, seconds]) => seconds / 3 >= interval && seconds >= remaining);
    const whose =
      lifetime === undefined ? "" : ` of its ${formatDuration(Math.round(lifetime))} lifetime`;
    return [
      ofSchedule.fail(
        `${nameOf(each)} is due only in the last ${formatDuration(Math.floor(due))}${whose}, but ${evidence}`,
        about([each], {
          exitCode: ExitCode.attention,
          hint: longer
            ? `Give it a longer life with \`rcwh update ${each.id} --expires-in ${longer[0]}\`, or renew more often.`
            : "Renew more often: see `rcwh cron print`.",
        }),
      ),
    ];
  });
  return orPass(found, ofSchedule.pass(evidence));
}

/** Reports APIs of which more than four fifths of the subscriptions are used up. */
export function checkQuota({ inventory, account }: Audited): readonly Check[] {
  const counts = (["platform", "webinar"] as const)
    .map((api) => ({ api, count: countOf(inventory, api) }))
    .filter(({ api, count }) => count > 0 || (account.apis ?? ["platform"]).includes(api));
  return counts.map(({ api, count }) => {
    const measured = `${count} of ${subscriptionLimit} in the ${api} API`;
    if (count <= tooMany) return ofQuota.pass(measured);
    return ofQuota.warn(measured, {
      code: "SUB-505",
      hint: "Find and delete unneeded ones with `rcwh list -i`.",
    });
  });
}
