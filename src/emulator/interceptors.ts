export type Interceptor = (
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

/** Functions that may answer later requests. */
export interface Interceptors {
  /** Returns a function that withdraws it. */
  offer(answer: Interceptor, times: number): () => void;
  /** The first answer that an offer gives to a request. */
  answer(request: Request): Promise<Response | undefined>;
}

export function createInterceptors(): Interceptors {
  const offers = new Set<{ readonly answer: Interceptor; times: number }>();
  return {
    offer(answer, times) {
      const offer = { answer, times };
      offers.add(offer);
      return () => void offers.delete(offer);
    },
    async answer(request) {
      for (const offer of offers) {
        const response = await offer.answer(request.clone());
        // Another request may have used it up meanwhile.
        if (!response || offer.times < 1) continue;
        offer.times--;
        if (offer.times === 0) offers.delete(offer);
        return response;
      }
      return undefined;
    },
  };
}
