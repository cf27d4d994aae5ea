import type { TargetFlags } from "../deliveries/delivery-target.ts";
import type { EventFlags } from "../deliveries/trigger-plan.ts";

export interface TriggerOptions extends TargetFlags, EventFlags {
  readonly rate?: string;
  readonly maxRate?: string;
  readonly handshake?: true;
  readonly dryRun?: true;
}
