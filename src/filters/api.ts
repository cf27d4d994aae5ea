/**
 * Shapes of RingCentral's Subscription API, as its public OpenAPI definition gives them
 * (`SubscriptionInfo`, `CreateSubscriptionRequest`, `UpdateSubscriptionRequest`).
 */

/** The two subscription APIs: `/restapi/v1.0/subscription` and `/webinar/notifications/v1/subscriptions`. */
export type Api = "platform" | "webinar";
