/** Environment variables; an empty one counts as unset wherever one is read. */
export type Environment = Readonly<Record<string, string | undefined>>;
