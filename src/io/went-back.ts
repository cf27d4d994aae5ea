/** What a prompt of `Prompter.withBack` rejects with after Escape. */
export class WentBack extends Error {
  override readonly name = "WentBack";

  constructor() {
    super("Escape was pressed in a prompt that cannot go back.");
  }
}
