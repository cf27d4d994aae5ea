import v8 from "node:v8";
import type { PGlite } from "@electric-sql/pglite";

let database: Promise<PGlite> | undefined;

/** PostgreSQL in this process, one for all of its tests: it takes seconds to start. */
export function openPglite(): Promise<PGlite> {
  database ??= start();
  return database;
}

async function start(): Promise<PGlite> {
  // Compiling all of it well takes longer than the tests do.
  v8.setFlagsFromString("--liftoff-only");
  v8.setFlagsFromString("--wasm-lazy-compilation");
  const { PGlite } = await import("@electric-sql/pglite");
  return PGlite.create();
}
