/** Random values for the bodies of events. */
export interface RandomChoices {
  /** A whole number, both ends included. */
  integer(from: number, to: number): number;
  pick<Choice>(choices: NonEmpty<Choice>): Choice;
  chance(probability: number): boolean;
  /** An id as the platform writes them: digits, larger than 2^31. */
  id(): string;
  /** The id of a conversation: up to 19 digits, within 63 bits. */
  longId(): string;
  hex(length: number): string;
  uuid(): string;
}

export type NonEmpty<Item> = readonly [Item, ...Item[]];

export function createRandomChoices(random: () => number): RandomChoices {
  const integer = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  const id = () => `${integer(3_000_000, 899_999_999)}008`;
  const hex = (length: number) =>
    Array.from({ length }, () => integer(0, 15).toString(16)).join("");

  return {
    integer,
    pick: (choices) => choices[integer(0, choices.length - 1)] ?? choices[0],
    chance: (probability) => random() < probability,
    id,
    longId: () => `${integer(1_000_000, 8_999_999)}${id()}`,
    hex,
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-${integer(8, 11).toString(16)}${hex(3)}-${hex(12)}`,
  };
}
