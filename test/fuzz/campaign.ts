/** Inputs for each parser. The suite takes a few, always the same; `npm run fuzz` 100,000, others each time. */
export const campaign = Number(process.env["RCWH_FUZZ"] || 0);

export const seed = Number(
  process.env["RCWH_FUZZ_SEED"] || (campaign > 0 ? Date.now() % 2 ** 31 : 1),
);
