/** What an instance of the payout Workflow is made with. */
export interface PayoutParams {
  pay_date: string;
  /** The instant of the run that made it; what it sleeps is added. */
  now: number;
}

/** What the vault is given: bindings, `[vars]` of its wrangler.toml, and secrets. */
export interface PayoutsEnv {
  readonly BOOKS: D1Database;
  readonly WITNESS: R2Bucket;
  readonly BACKUPS?: R2Bucket;
  readonly METRICS?: AnalyticsEngineDataset;
  readonly PAYOUT_WORKFLOW: Workflow<PayoutParams>;

  readonly ENVIRONMENT: string;
  readonly CLOCK: string;
  readonly PROGRAM_NAME: string;
  readonly PAYOUT_RAIL: string;
  readonly PAYOUT_APPROVAL: string;
  readonly PAYOUT_APPROVERS?: string;
  readonly PAYPAL_API_BASE: string;
  readonly PAYPAL_POLL_SECONDS: string;
  readonly COST_HEADERS: string;
  readonly HEARTBEAT_URL?: string;

  readonly PAYPAL_CLIENT_ID?: string;
  readonly PAYPAL_CLIENT_SECRET?: string;
}
