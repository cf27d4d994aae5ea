/** Milliseconds that RingCentral gives an endpoint for its answer ("Creating webhooks" in its developer guide; 1000 before 2021). */
export const endpointDeadline = 3000;

/**
 * Bytes that an endpoint may answer: status line, headers and body as they come over the wire
 * ("Creating webhooks" in RingCentral's developer guide).
 */
export const maximumAnswerBytes = 1024;

/**
 * Milliseconds after which a create whose answer was lost has been decided: RingCentral answers it when the
 * handshake is over, so this is `endpointDeadline` and a second for the way.
 */
export const handshakeSettlingTime = endpointDeadline + 1000;
