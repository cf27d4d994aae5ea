import { subscription } from "../support/subscriptions.ts";

/** Records that are not subscriptions as RingCentral documents them, by what is odd about each. */
export function malformedRecords(): readonly (readonly [string, unknown])[] {
  const good = subscription("0dd0dd0d", { hours: 30 });
  const { deliveryMode } = good;
  const wrong: readonly unknown[] = [
    ...[
      null,
      0,
      17,
      -1,
      1e300,
      true,
      "",
      "text",
      " ",
      [],
      [null],
      {},
      { a: 1 },
      "\ud800",
      "\u0000",
    ],
  ];
  const members = [
    ...["id", "status", "creationTime", "expirationTime", "eventFilters", "deliveryMode"],
  ] as const;
  const isFine = (name: string, value: unknown) =>
    (name === "status" && (value === "text" || value === " " || value === "\u0000")) ||
    (name === "id" && value === "text") ||
    (name === "eventFilters" && Array.isArray(value) && value.length === 0);
  const filters = (...values: unknown[]) => ({ ...good, eventFilters: values });
  return [
    ...wrong.map((value) => [`${show(value)} for a record`, value] as const),
    ...members.map((name) => [`no ${name}`, without(good, name)] as const),
    ...members.flatMap((name) =>
      wrong
        .filter((value) => !isFine(name, value))
        .map((value) => [`${show(value)} as ${name}`, { ...good, [name]: value }] as const),
    ),
    ...wrong
      .filter((value) => typeof value !== "string" || value === "\ud800")
      .map((value) => [`${show(value)} among the filters`, filters(value, "/a")] as const),
    ...[[], {}, 5, "soon", true].flatMap((value) =>
      ["expiresIn", "disabledFilters", "blacklistedData"]
        .filter((name) => !(name === "expiresIn" && value === 5))
        .filter((name) => !(name === "disabledFilters" && Array.isArray(value)))
        .filter((name) => !(name === "blacklistedData" && isPlain(value)))
        .map((name) => [`${show(value)} as ${name}`, { ...good, [name]: value }] as const),
    ),
    ...[null, 5, "x", [], {}, { filter: 5 }, { filter: "\udfff" }, { filter: "/a", reason: 7 }].map(
      (value) =>
        [`${show(value)} among the disabled`, { ...good, disabledFilters: [value] }] as const,
    ),
    ...[5, [], {}, true, "https://e.example/\ud83d"].map(
      (address) =>
        [
          `${show(address)} as address`,
          { ...good, deliveryMode: { ...deliveryMode, address } },
        ] as const,
    ),
    ...[5, null, [], {}].map(
      (transportType) =>
        [
          `${show(transportType)} as transport`,
          { ...good, deliveryMode: { ...deliveryMode, transportType } },
        ] as const,
    ),
    ...[
      "..",
      "-rf",
      "--all",
      "a b",
      "a\u001b[2Jb",
      "a\u202eb",
      "a/b",
      "$(x)",
      "a\nb",
      "é",
      "'",
    ].map((id) => [`${show(id)} as id`, { ...good, id }] as const),
    ["nested arrays", [[[[good]]]]],
    ["an object in an object", { subscription: good }],
    ["a record in place of the filters", { ...good, eventFilters: good }],
    ["members of every object", { constructor: 1, toString: 2, hasOwnProperty: 3 }],
    ["a prototype", JSON.parse('{"__proto__": {"id": "x"}, "id": 5}')],
    ["a toJSON", { ...good, id: 5, toJSON: "no" }],
  ];
}

function show(value: unknown): string {
  return JSON.stringify(value);
}

function isPlain(value: unknown): boolean {
  return typeof value === "object" && !Array.isArray(value);
}

function without(record: object, name: string): object {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
