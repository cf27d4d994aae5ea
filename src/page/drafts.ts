/** Bodies that were changed and not sent, by the number of their event; oldest first. */
const drafts = new Map<number, string>();
const mostDrafts = 20;

export function keepDraft(number: number, text: string): void {
  drafts.delete(number);
  drafts.set(number, text);
  const [oldest] = drafts.keys();
  if (drafts.size > mostDrafts && oldest !== undefined) drafts.delete(oldest);
}

/** The draft of an event, which is not kept any more then. */
export function takeDraft(number: number): string | undefined {
  const text = drafts.get(number);
  drafts.delete(number);
  return text;
}
