import { serveStoreContract } from "../../src/store/contract/store-contract.ts";
import { fileStore } from "../../src/store/file-store.ts";
import type { Store } from "../../src/store/store.ts";

/** A separate process for the contract: opens a store and does what the check asks for. */
const [kind = "", place = ""] = process.argv.slice(2);

const stores: Readonly<Record<string, () => Store>> = {
  file: () => fileStore(place),
};

const store = stores[kind]?.();
if (store) serveStoreContract(store);
