import type { Store } from "../store.ts";
import { pause } from "./check-tools.ts";
import { entryChecks } from "./entry-checks.ts";
import { lockChecks } from "./lock-checks.ts";
import { type ContractProcess, raceBetweenProcesses } from "./process-races.ts";
import { raceChecks } from "./race-checks.ts";

export type { ContractProcess } from "./process-races.ts";
export { serveStoreContract } from "./process-races.ts";

export interface StoreContractOptions {
  /** Opens the store, each time as another process would: with a connection of its own to the same data. */
  readonly open: () => Store | Promise<Store>;
  /** Closes what `open` returned. */
  readonly close?: (store: Store) => unknown;
  /** Lets this many milliseconds pass, for a store that is given its time. Otherwise they are waited for: about a second in all. */
  readonly pass?: (milliseconds: number) => unknown;
  /**
   * Starts a process that opens the same store and calls `serveStoreContract` with it, as `fork` of `node:child_process`
   * does. Without it nothing is tried between processes.
   */
  readonly fork?: () => ContractProcess;
}

/** One promise of every store. */
export interface StoreCheck {
  /** Completes the sentence "A store …". */
  readonly name: string;
  /** Rejects with what was expected and what came back. */
  run(): Promise<void>;
}

/**
 * What every store promises, as checks for any test runner: `for (const { name, run } of storeContract({ open })) test(name, run);`.
 * Each works with keys of its own below `contract/`, so a store that holds other data may be checked, and several may run
 * at once. The entries that they leave behind expire within an hour.
 */
export function storeContract(options: StoreContractOptions): readonly StoreCheck[] {
  const { open, close, fork } = options;
  const pass = options.pass ?? ((milliseconds) => pause(milliseconds));
  const inOneProcess = Object.entries({ ...entryChecks, ...lockChecks, ...raceChecks }).map(
    ([name, check]) => ({
      name,
      async run() {
        const opened: Store[] = [];
        try {
          for (let index = 0; index < 3; index += 1) opened.push(await open());
          const [first, second, third] = opened;
          if (!first || !second || !third) throw new Error("No store was opened.");
          await check({ stores: [first, second, third], pass, key: newKey() });
        } finally {
          for (const store of opened) await close?.(store);
        }
      },
    }),
  );
  const between = fork
    ? Object.entries(raceBetweenProcesses).map(([name, race]) => ({
        name,
        run: () => race(fork, newKey()),
      }))
    : [];
  return [...inOneProcess, ...between];
}

function newKey(): string {
  return `contract/${crypto.randomUUID()}`;
}
