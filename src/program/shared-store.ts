import type { OwnConfig } from "../config/config.ts";
import type { Config } from "../config/interface.ts";
import type { QuotaStore } from "../config/quota-store.ts";
import { createStoredConfig } from "../config/stored-config.ts";
import { createStoredQuotas } from "../config/stored-texts.ts";
import type { CommandContext, Runtime, SharedStore } from "../context.ts";
import { type OpenedStore, openStore } from "../store/open-store.ts";
import { parseStoreUrl } from "../store/store-url.ts";

/** Milliseconds for one call: a store is near, and answers at once. */
const timeout = 10_000;

export interface RunStore extends SharedStore {
  readonly quotas: QuotaStore;
  /** The configuration in the store, of every account that is asked for. */
  configOf(own: OwnConfig): Config;
  close(): void;
}

export interface RunStoreOptions
  extends Pick<
      CommandContext,
      "clock" | "signal" | "redactor" | "settings" | "end" | "io" | "deadlineAt"
    >,
    Pick<Runtime, "pid" | "installation"> {
  readonly warnOnce: (line: string) => void;
}

/** What a run keeps in the store of `--store`. Throws UsageError for a URL that is not valid. */
export async function openRunStore(text: string, options: RunStoreOptions): Promise<RunStore> {
  const { clock, signal, redactor, settings, end, io, deadlineAt, pid, installation } = options;
  const url = parseStoreUrl(text, settings.storeByFlag ? "--store" : "RCWH_STORE");
  redactor.addAddress(text);
  redactor.add(decodeURIComponent(url.url.password));
  const keys = settings.storeKey?.split(",").map((key) => key.trim());
  redactor.add(...(keys ?? []).filter((key) => key !== "plain"));
  const { store, describe, close }: OpenedStore = await openStore(url, {
    clock,
    timeout: Math.min(timeout, settings.timeout),
    signal: end.signal,
    interrupted: signal,
    deadlineAt: () => (settings.deadline === undefined ? Number.POSITIVE_INFINITY : deadlineAt()),
    quote: redactor.text,
    progress: io.progress,
    keys,
  });
  const owner = `process ${pid} on ${installation.host}`;
  const { warnOnce } = options;
  return {
    name: url.name,
    isSealed: keys !== undefined,
    describe,
    quotas: createStoredQuotas(store),
    configOf: (own) =>
      createStoredConfig(own, { store, clock, signal, owner, warn: io.warn, warnOnce }),
    close,
  };
}
