import { idOf, type TreeNode } from "./tree-nodes.ts";

interface Move {
  /** The id of the line that has the focus then. */
  readonly to: string;
  /** Whether the line that has it now is opened or closed. */
  readonly toggle?: boolean;
}

/** What a key does in a tree, as the ARIA Authoring Practices have it; undefined for other keys. */
export function moveInTree(
  nodes: readonly TreeNode[],
  active: TreeNode,
  key: string,
): Move | undefined {
  const at = nodes.indexOf(active);
  const to = (index: number): Move => ({
    to: nodes[Math.max(0, Math.min(nodes.length - 1, index))]?.id ?? active.id,
  });
  const stay = { to: active.id };
  switch (key) {
    case "ArrowDown":
      return to(at + 1);
    case "ArrowUp":
      return to(at - 1);
    case "Home":
      return to(0);
    case "End":
      return to(nodes.length - 1);
    case "Enter":
    case " ":
      return active.size || active.more !== undefined || active.cut
        ? { ...stay, toggle: true }
        : stay;
    case "ArrowRight":
      if (!active.size) return stay;
      return active.isExpanded ? to(at + 1) : { ...stay, toggle: true };
    case "ArrowLeft":
      if (active.isExpanded) return { ...stay, toggle: true };
      // The line for more values has the path of what they belong to.
      if (active.more !== undefined) return { to: idOf(active.path) };
      return active.path.length === 0 ? stay : { to: idOf(active.path.slice(0, -1)) };
    default:
      return undefined;
  }
}
