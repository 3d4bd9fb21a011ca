/** What the front door is given: bindings, `[vars]` of wrangler.toml, and secrets. */
export interface TrackerEnv {
  readonly LINKS: KVNamespace;
  readonly BOOKS: D1Database;
  readonly CLICK_QUEUE: Queue;
  readonly CLICKS: D1Database;
  readonly CLICK_LIMIT?: RateLimit;
  readonly PROGRAM: Fetcher;
  readonly SITE?: Fetcher;

  readonly ENVIRONMENT: string;
  readonly CLOCK: string;
  readonly HOME_URL: string;
  readonly PUBLIC_URL: string;
  readonly COOKIE_DOMAIN?: string;
  readonly SIGNUP_ORIGINS: string;
  readonly COST_HEADERS: string;
  readonly CLICK_LOG?: string;
  readonly PASS_THROUGH?: string;
  readonly REF_PARAM?: string;
  readonly CONSENT?: string;
  readonly CONSENT_COOKIE?: string;
  readonly HONOUR_GPC?: string;

  readonly COOKIE_KEYS: string;
}
