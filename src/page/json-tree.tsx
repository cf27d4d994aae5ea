import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { ExactNumber, formatExact } from "./exact-json.ts";
import { Icon } from "./icon.tsx";
import { usePage } from "./page-context.ts";
import { moveInTree } from "./tree-keys.ts";
import {
  initiallyExpanded,
  longestText,
  pathText,
  portion,
  type TreeNode,
  type TreeView,
  visibleNodes,
} from "./tree-nodes.ts";
import { count } from "./wording.ts";

/** A value that can be opened and closed, with one line for each of its parts. */
export function JsonTree({ root }: { readonly root: unknown }) {
  const { copyText } = usePage();
  const [view, setView] = useState<TreeView>(() => ({
    expanded: initiallyExpanded(root),
    shown: new Map(),
  }));
  const [activeId, setActiveId] = useState("[]");
  const nodes = useMemo(() => visibleNodes(root, view), [root, view]);
  const active = nodes.find(({ id }) => id === activeId) ?? nodes[0];
  const tree = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    tree.current?.querySelector<HTMLElement>("[tabindex='0']")?.focus();
  });

  const toggle = (node: TreeNode) => {
    if (node.more !== undefined) {
      const id = node.id.slice(0, -1);
      const shown = new Map(view.shown).set(id, (view.shown.get(id) ?? portion) + portion);
      setView({ ...view, shown });
    } else if (node.size || node.cut) {
      const expanded = new Set(view.expanded);
      if (!expanded.delete(node.id)) expanded.add(node.id);
      setView({ ...view, expanded });
    }
  };
  const copyValue = () => {
    if (active && active.more === undefined) {
      copyText(
        valueText(active.value),
        `Copied the value of ${pathText(active.path) || "the payload"}.`,
      );
    }
  };
  const onKey = (event: KeyboardEvent) => {
    if (!active) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "c" && getSelection()?.isCollapsed) {
      copyValue();
    } else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else {
      const move = moveInTree(nodes, active, event.key);
      if (!move) return;
      if (move.toggle) toggle(active);
      wantsFocus.current = true;
      setActiveId(move.to);
    }
    event.preventDefault();
  };

  const onClick = ({ target }: MouseEvent) => {
    const id = (target as Element).closest<HTMLElement>("[data-id]")?.dataset["id"];
    const node = nodes.find((each) => each.id === id);
    if (!node) return;
    setActiveId(node.id);
    // Whoever selects text wants nothing opened.
    if (getSelection()?.isCollapsed === false) return;
    if (!node.cut || (target as Element).closest("button")) toggle(node);
  };

  return (
    <>
      <div class="tree-tools">
        <code class="path">{(active && pathText(active.path)) || "payload"}</code>
        <button type="button" onClick={copyValue}>
          Copy value
        </button>
        <button
          type="button"
          disabled={!active?.path.length}
          onClick={() => active && copyText(pathText(active.path), "Copied the path.")}
        >
          Copy path
        </button>
      </div>
      <div
        ref={tree}
        class="tree"
        role="tree"
        aria-label="Payload"
        onKeyDown={onKey}
        onClick={onClick}
        tabIndex={-1}
      >
        {nodes.map((node) => (
          <TreeLine key={node.id} node={node} isActive={node === active} />
        ))}
      </div>
    </>
  );
}

interface TreeLineProps {
  readonly node: TreeNode;
  readonly isActive: boolean;
}

function TreeLine({ node, isActive }: TreeLineProps) {
  const { path, level, position, siblings, size, isExpanded, more, cut, value } = node;
  const key = path.at(-1);
  return (
    <div
      class={isActive ? "line active" : "line"}
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-expanded={size ? isExpanded : undefined}
      aria-selected={isActive}
      tabIndex={isActive ? 0 : -1}
      style={{ "--level": level - 1 }}
      data-id={node.id}
    >
      <span class="handle">{size ? <Icon name={isExpanded ? "open" : "closed"} /> : null}</span>
      {more !== undefined ? (
        <span class="muted">{count(more, "more value")}: show them</span>
      ) : (
        <span class="pair">
          {key !== undefined && <span class="key">{key}</span>}
          {key !== undefined && <span class="colon">: </span>}
          <Value
            value={cut ? String(value).slice(0, longestText) : value}
            size={size}
            isExpanded={isExpanded}
          />
          {cut !== undefined && (
            // The keyboard has Enter, as for every line of a tree.
            <button type="button" class="link" tabIndex={-1}>
              Show all {count(cut, "character")}
            </button>
          )}
        </span>
      )}
    </div>
  );
}

interface ValueProps {
  readonly value: unknown;
  readonly size: number | undefined;
  readonly isExpanded: boolean;
}

function Value({ value, size, isExpanded }: ValueProps) {
  if (size !== undefined) {
    const isList = Array.isArray(value);
    const text = size === 0 ? "empty" : count(size, isList ? "element" : "member");
    return (
      <span class="muted">
        {isList ? "[" : "{"}
        {isExpanded ? "" : isList ? "…]" : "…}"} {text}
      </span>
    );
  }
  const kind = value === null || value instanceof ExactNumber ? "other" : typeof value;
  return (
    <span class={`value ${kind}`} dir={kind === "string" ? "auto" : undefined}>
      {formatExact(value)}
    </span>
  );
}

/** Text without its quotes, and everything else as JSON. */
function valueText(value: unknown): string {
  return typeof value === "string" ? value : formatExact(value);
}
