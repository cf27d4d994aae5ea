import { version } from "./version.ts";

/** What stands above the stack trace of an error that nobody expected. */
export const bugMessage = `rcwh ${version} hit a bug. Please report it with the command you ran and this text:`;
