/** The pages of `rcwh help <topic>`, in the order of the help. */
export const topicSummaries = {
  environment: "variables, credentials, proxies",
  selectors: "how to name subscriptions",
  "event-filters": "what --filter accepts",
  output: "tables, TSV, JSON and the rest",
  "exit-codes": "what scripts may rely on",
  scheduling: "renewing from cron",
  docs: "the pages of the documentation",
};
