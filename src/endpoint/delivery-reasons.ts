import { maximumAnswerBytes } from "./limits.ts";

/*
 * Why a delivery failed, in the words of RingCentral's `blacklistedData.reason`.
 */

export function wrongStatusReason(status: number, statusText: string): string {
  return `Webhook responses with code: [${status}], reason: [${statusText}]`;
}

export function tooLargeReason(): string {
  return `Webhook response exceeds max size. Read bytes count: [${maximumAnswerBytes}]`;
}

export function timeoutReason(): string {
  return connectionReason("Read timed out");
}

export function connectionReason(detail: string): string {
  return `I/O operation is failed. Details: [${detail}]`;
}
