/** What a help says of JSON: its keys, abridged, and perhaps some words of prose. */
export type Shape = ObjectShape | ListShape | TextShape;

export interface ObjectShape {
  readonly kind: "object";
  /** Undefined for a key alone. */
  readonly members: ReadonlyMap<string, Shape | undefined>;
}

interface ListShape {
  readonly kind: "list";
  readonly item: Shape | undefined;
}

/** Such as `pass|warn|fail`. */
interface TextShape {
  readonly kind: "text";
  readonly text: string;
}

/** The objects of a help, and what its prose says is in the first of them, too. */
export function parseShapes(text: string): readonly ObjectShape[] {
  const tokens = text.match(/"[^"]*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? [];
  const objects: ObjectShape[] = [];
  const others = new Map<string, Shape | undefined>();
  let at = 0;

  function value(): Shape | undefined {
    const token = tokens[at];
    if (token === "{") return object();
    if (token === "[") return items();
    at += 1;
    return token?.startsWith('"') ? { kind: "text", text: token.slice(1, -1) } : undefined;
  }

  function object(): ObjectShape {
    const members = new Map<string, Shape | undefined>();
    for (at += 1; at < tokens.length && tokens[at] !== "}"; ) member(members);
    at += 1;
    return { kind: "object", members };
  }

  /** A key with or without a value, or a word. */
  function member(members: Map<string, Shape | undefined>): void {
    const token = tokens[at] ?? "";
    at += 1;
    if (!token.startsWith('"')) return;
    const hasValue = tokens[at] === ":";
    if (hasValue) at += 1;
    members.set(token.slice(1, -1), hasValue ? value() : undefined);
  }

  function items(): ListShape {
    let item: Shape | undefined;
    for (at += 1; at < tokens.length && tokens[at] !== "]"; ) item = value() ?? item;
    at += 1;
    return { kind: "list", item };
  }

  while (at < tokens.length) {
    if (tokens[at] === "{") objects.push(object());
    else if (tokens[at + 1] === ":") member(others);
    else at += 1;
  }
  const [first, ...rest] = objects;
  if (!first) return [];
  return [{ kind: "object", members: new Map([...first.members, ...others]) }, ...rest];
}
