/** The rows of a long list that are in the document. */
export interface RowWindow {
  readonly from: number;
  /** Behind the last one. */
  readonly to: number;
}

/** Those that can be seen, and a few around them, so that scrolling finds them there. */
export function visibleRows(
  count: number,
  rowHeight: number,
  scrollTop: number,
  height: number,
  around = 6,
): RowWindow {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - around;
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight) + around;
  const to = Math.min(count, Math.max(0, last));
  return { from: Math.max(0, Math.min(first, to)), to };
}

/** Where a list has to be scrolled to, so that a row can be seen whole. */
export function scrollTopFor(
  row: number,
  rowHeight: number,
  scrollTop: number,
  height: number,
): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop;
}
