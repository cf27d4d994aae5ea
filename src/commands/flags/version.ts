import manifest from "../../../package.json" with { type: "json" };

export const version: string = manifest.version;

/** Precedes the stack trace of an unexpected error. */
export const bugMessage = `rcwh ${version} hit a bug. Please report it with this text, which has no secrets:`;
