/** Whether a path's segments fit a filter's: ids, `~` and placeholders fit a placeholder. */
export function fitsTemplate(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((expected, index) => segmentFits(expected, segments[index] ?? ""))
  );
}

function segmentFits(expected: string, segment: string): boolean {
  if (expected === segment) return true;
  if (expected === "{accountId}" || expected === "{extensionId}")
    return /^(?:~|\d+)$/.test(segment);
  return expected.startsWith("{") && /^[\w.-]+$/.test(segment);
}
