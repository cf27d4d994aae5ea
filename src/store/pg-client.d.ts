/** The part of `pg` that is used: its client alone, without the pool. */
declare module "pg/lib/client.js" {
  import type { ConnectionOptions } from "node:tls";

  class Client {
    constructor(config: {
      readonly host?: string;
      readonly port?: number;
      readonly user?: string;
      readonly password?: string;
      readonly database?: string;
      readonly ssl?: false | ConnectionOptions;
      readonly options?: string;
      readonly application_name?: string;
      readonly connectionTimeoutMillis?: number;
      readonly query_timeout?: number;
      readonly keepAlive?: boolean;
    });
    readonly connection: { readonly stream: { destroy(error?: Error): void } };
    connect(): Promise<unknown>;
    query(
      text: string,
      values: readonly unknown[],
    ): Promise<{ readonly rows: readonly Record<string, unknown>[] }>;
    end(): Promise<void>;
    on(event: "error" | "end", listener: (error: Error) => void): this;
  }
  export = Client;
}
