/** RingCentral's two subscription APIs, each with the path of its collection. */
export const subscriptionPaths = {
  platform: "/restapi/v1.0/subscription",
  webinar: "/webinar/notifications/v1/subscriptions",
} as const;

export type Api = keyof typeof subscriptionPaths;
