import process from "node:process";

/**
 * Whether a file or directory is this user's or root's: whoever owns it decides what it holds. Root, which may work with
 * a user's files (`sudo`), trusts all. Always true on Windows, which has no user ids.
 */
export function isTrustedOwner(uid: number, self = process.getuid?.()): boolean {
  return self === undefined || self === 0 || uid === self || uid === 0;
}
