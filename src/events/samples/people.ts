import type { Choices, Draws } from "./random-choices.ts";

/** Somebody in the account that an event happens in. */
export interface Member {
  readonly accountId: string;
  readonly extensionId: string;
  readonly extensionNumber: string;
  readonly name: string;
  readonly phoneNumber: string;
  readonly location: string;
}

/** Somebody outside of the account who writes to it or is called from it. */
export interface Stranger {
  readonly name: string;
  readonly phoneNumber: string;
  readonly location: string;
}

/** A user's number is the same in every event. All numbers are from the ranges that are kept for fiction. */
export function directNumberOf(extensionId: string): string {
  return fictionalNumber("202", Number(extensionId.slice(-2)));
}

/** The others in an account: their ids, names and numbers are the same in every event. */
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

export function drawColleague(accountId: string, draws: Draws): Member {
  return colleagueOf(accountId, draws.integer(0, 7));
}

export function drawStranger(draws: Draws): Stranger {
  const [areaCode, location] = draws.pick(areas);
  return {
    name: draws.pick(people),
    phoneNumber: fictionalNumber(areaCode, draws.integer(0, 99)),
    location,
  };
}

function fictionalNumber(areaCode: string, index: number): string {
  return `+1${areaCode}55501${String(index % 100).padStart(2, "0")}`;
}

const areas: Choices<readonly [areaCode: string, location: string]> = [
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

const people: Choices<string> = [
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
