import { serveStoreContract } from "../../src/store/contract/store-contract.ts";
import type { Store } from "../../src/store/store.ts";
import { connections } from "./connections.ts";

/** A separate process for the contract: connects to the store and does what the check asks for. */
const [kind = ""] = process.argv.slice(2);

const open: (() => Promise<{ readonly store: Store }>) | undefined = connections[kind];
void open?.().then(({ store }) => serveStoreContract(store));
