/** Fields of a fault, each with those that cannot stand beside it. */
export const clashes = [
  ["drop", ["status", "code", "html", "body", "headers", "truncate"]],
  ["code", ["html", "body"]],
  ["html", ["body"]],
] as const;
