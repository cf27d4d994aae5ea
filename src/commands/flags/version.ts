import manifest from "../../../package.json" with { type: "json" };

export const version: string = manifest.version;

/** What stands above the stack trace of an error that nobody expected. */
export const bugMessage = `rcwh ${version} hit a bug. Please report it with the command you ran and this text:`;
