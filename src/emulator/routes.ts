import type { Call, Routes } from "./backend.ts";
import { methodNotAllowed } from "./problems.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** Adds a path with the methods that it takes. Any other method is answered 405. */
export function addPath(
  routes: Routes,
  path: string,
  handlers: { readonly [Name in Method]?: (call: Call) => Response | Promise<Response> },
): void {
  for (const [method, handler] of Object.entries(handlers)) routes.on(method, path, handler);
  const allowed = Object.keys(handlers).join(", ");
  routes.all(path, () => {
    throw methodNotAllowed(allowed);
  });
}
