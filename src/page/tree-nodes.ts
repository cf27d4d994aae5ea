import { ExactNumber } from "./exact-json.ts";

/** A line of the tree that a value is shown as. */
export interface TreeNode {
  /** Unique in its tree: the path as JSON. */
  readonly id: string;
  readonly path: readonly (string | number)[];
  readonly level: number;
  /** Among its siblings, from 1, and how many there are. */
  readonly position: number;
  readonly siblings: number;
  readonly value: unknown;
  /** Of an object or array: how many members or elements it has. */
  readonly size?: number;
  readonly isExpanded: boolean;
  /** Stands for this many elements that are not shown yet. */
  readonly more?: number;
  /** Of a long text of which only the beginning is shown: its whole length. */
  readonly cut?: number;
}

/** How many members of one value are shown at first, and with each "more". */
export const portion = 200;

/** Characters of a text that are shown at first: a browser takes long to lay out more. */
export const longestText = 2000;

export interface TreeView {
  /** Objects and arrays that are open, and long texts that are shown whole. */
  readonly expanded: ReadonlySet<string>;
  /** By the id of a value, how many of its members are shown, if more than a portion. */
  readonly shown: ReadonlyMap<string, number>;
}

export function idOf(path: readonly (string | number)[]): string {
  return JSON.stringify(path);
}

/** The lines that can be seen, from top to bottom. */
export function visibleNodes(root: unknown, { expanded, shown }: TreeView): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  const add = (value: unknown, path: TreeNode["path"], position: number, siblings: number) => {
    const id = idOf(path);
    const members = membersOf(value);
    const isExpanded = members !== undefined && members.length > 0 && expanded.has(id);
    const level = path.length + 1;
    const node = { id, path, level, position, siblings, value, isExpanded };
    const isCut = typeof value === "string" && value.length > longestText && !expanded.has(id);
    if (isCut) nodes.push({ ...node, cut: value.length });
    else nodes.push(members ? { ...node, size: members.length } : node);
    if (!isExpanded || !members) return;
    const limit = shown.get(id) ?? portion;
    for (const [index, [key, member]] of members.slice(0, limit).entries()) {
      add(member, [...path, key], index + 1, members.length);
    }
    const more = members.length - limit;
    if (more <= 0) return;
    const moreId = `${id}+`;
    const place = { level: level + 1, position: limit + 1, siblings: members.length };
    nodes.push({ id: moreId, path, ...place, value: undefined, isExpanded: false, more });
  };
  add(root, [], 1, 1);
  return nodes;
}

/** What is expanded at first: level by level, as long as no more than `room` lines are shown. */
export function initiallyExpanded(root: unknown, room = 60): ReadonlySet<string> {
  const expanded = new Set<string>();
  let lines = 1;
  const queue: { readonly value: unknown; readonly path: TreeNode["path"] }[] = [
    { value: root, path: [] },
  ];
  for (const { value, path } of queue) {
    const members = membersOf(value);
    if (!members || members.length === 0) continue;
    lines += Math.min(members.length, portion);
    if (lines > room && path.length > 0) break;
    expanded.add(idOf(path));
    for (const [key, member] of members.slice(0, portion)) {
      queue.push({ value: member, path: [...path, key] });
    }
  }
  return expanded;
}

/** Undefined for what has none: a text, a number, true, false or null. */
function membersOf(value: unknown): readonly (readonly [string | number, unknown])[] | undefined {
  if (typeof value !== "object" || value === null || value instanceof ExactNumber) return undefined;
  return Array.isArray(value) ? [...value.entries()] : Object.entries(value);
}

/** As one writes it in a program: `body.to[0].name`. */
export function pathText(path: readonly (string | number)[]): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `[${JSON.stringify(key)}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}
