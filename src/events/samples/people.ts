import type { NonEmpty, RandomChoices } from "./random-choices.ts";

/** A user of the account that an event happens in. */
export interface Member {
  readonly accountId: string;
  readonly extensionId: string;
  readonly extensionNumber: string;
  readonly name: string;
  readonly phoneNumber: string;
  readonly location: string;
}

/** Somebody outside the account. */
export interface Contact {
  readonly name: string;
  readonly phoneNumber: string;
  readonly location: string;
}

/** A user's direct number, the same in every event. All numbers are from ranges reserved for fiction. */
export function directNumberOf(extensionId: string): string {
  return fictionalNumber("202", Number(extensionId.slice(-2)));
}

/** One of the other users of an account, the same in every event. */
export function colleagueOf(accountId: string, index: number): Member {
  const name = people[(Number(accountId.slice(-4)) + index) % people.length] ?? people[0];
  return {
    accountId,
    extensionId: `${accountId}${10 + index}`,
    extensionNumber: String(310 + index),
    name,
    phoneNumber: fictionalNumber("703", 10 + index),
    location: "Arlington, VA",
  };
}

export function randomColleague(accountId: string, random: RandomChoices): Member {
  return colleagueOf(accountId, random.integer(0, 7));
}

export function randomContact(random: RandomChoices): Contact {
  const [areaCode, location] = random.pick(areas);
  return {
    name: random.pick(people),
    phoneNumber: fictionalNumber(areaCode, random.integer(0, 99)),
    location,
  };
}

function fictionalNumber(areaCode: string, index: number): string {
  return `+1${areaCode}55501${String(index % 100).padStart(2, "0")}`;
}

const areas: NonEmpty<readonly [areaCode: string, location: string]> = [
  ["206", "Seattle, WA"],
  ["212", "New York, NY"],
  ["303", "Denver, CO"],
  ["312", "Chicago, IL"],
  ["404", "Atlanta, GA"],
  ["415", "San Francisco, CA"],
  ["503", "Portland, OR"],
  ["512", "Austin, TX"],
  ["617", "Boston, MA"],
  ["702", "Las Vegas, NV"],
];

const people: NonEmpty<string> = [
  "Noor Haddad",
  "Idris Okafor",
  "Mara Lindqvist",
  "Tomás Aguilar",
  "Wei Zhang",
  "Priya Raman",
  "Jonas Brandt",
  "Aiko Tanabe",
  "Leila Farahani",
  "Samuel Osei",
  "Greta Nyström",
  "Rafael Moreira",
  "Hannah Whitlock",
  "Dmitri Volkov",
  "Chloé Marchand",
  "Kwame Boateng",
];
