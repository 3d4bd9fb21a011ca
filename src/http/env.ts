import type { PayoutsRpc } from '../payout/rpc.ts';
import type { DeliveryMessage } from '../webhooks/delivery.rules.ts';

/** Bindings, vars and secrets of the program Worker. */
export interface ProgramEnv {
  BOOKS: D1Database;
  CLICKS: D1Database;
  LINKS: KVNamespace;
  ARCHIVE?: R2Bucket;
  METRICS?: AnalyticsEngineDataset;
  PAYOUTS: PayoutsRpc;
  FORM_LIMIT: RateLimit;
  WEBHOOK_LIMIT: RateLimit;
  WEBHOOK_QUEUE: Queue<DeliveryMessage>;
  EMAIL: SendEmail;
  ENVIRONMENT: string;
  CLOCK: string;
  PROGRAM_NAME: string;
  HOME_URL: string;
  PUBLIC_URL: string;
  COOKIE_DOMAIN?: string;
  SIGNUP_ORIGINS: string;
  LINK_ORIGINS?: string;
  MAIL_FROM: string;
  COST_HEADERS: string;
  HEARTBEAT_URL?: string;
  PASS_THROUGH?: string;
  REF_PARAM?: string;
  CONSENT?: string;
  CONSENT_COOKIE?: string;
  HONOUR_GPC?: string;
  COOKIE_KEYS: string;
  TOKEN_PRIVATE_JWK: string;
  AUTH_SECRET: string;
  TOKEN_PUBLIC_JWKS?: string;
  INGEST_API_KEY: string;
  OPERATOR_API_KEYS: string;
  STRIPE_WEBHOOK_SECRET?: string;
  ACCESS_TEAM_DOMAIN?: string;
  ACCESS_AUD?: string;
}
