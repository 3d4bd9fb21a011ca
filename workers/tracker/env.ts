/** What the front door is given: bindings, `[vars]` of wrangler.toml, and secrets. */
export interface TrackerEnv {
  readonly LINKS: KVNamespace;
  readonly BOOKS: D1Database;
  readonly CLICK_QUEUE: Queue;
  readonly PROGRAM: Fetcher;

  readonly ENVIRONMENT: string;
  readonly CLOCK: string;
  readonly HOME_URL: string;
  readonly PUBLIC_URL: string;
  readonly COOKIE_DOMAIN?: string;
  readonly SIGNUP_ORIGINS: string;
  readonly COST_HEADERS: string;

  readonly COOKIE_KEYS: string;
}
