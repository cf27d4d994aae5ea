import process from "node:process";

/**
 * Whether this user or root owns a file or directory, because its owner decides its content. Root may work with a user's
 * files (`sudo`), and trusts every owner. Always true on Windows, which has no user ids.
 */
export function isTrustedOwner(uid: number, self = process.getuid?.()): boolean {
  return self === undefined || self === 0 || uid === self || uid === 0;
}
