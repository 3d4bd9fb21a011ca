import { accountRoutes } from '../account/account.routes.ts';
import { billingRoutes } from '../billing/billing.routes.ts';
import { parkedRoutes } from '../billing/parked.routes.ts';
import { earningsRoutes } from '../earnings/earnings.routes.ts';
import { holdRoutes } from '../hold/hold.routes.ts';
import { adjustmentRoutes } from '../ledger/adjustment.routes.ts';
import { linkRoutes } from '../partner/link.routes.ts';
import { meRoutes } from '../partner/me.routes.ts';
import { partnerRoutes } from '../partner/partner.routes.ts';
import { planRoutes } from '../partner/plan.routes.ts';
import { tokenRoutes } from '../partner/token.routes.ts';
import { batchRoutes } from '../payout/batch.routes.ts';
import { payoutRoutes } from '../payout/payout.routes.ts';
import { webhookRoutes } from '../payout/webhook.routes.ts';
import { auditRoutes } from '../program/audit.routes.ts';
import { referralRoutes } from '../referral/referral.routes.ts';
import { formRoutes } from '../signup/form.routes.ts';
import { signupRoutes } from '../signup/signup.routes.ts';
import { statementRoutes } from '../statement/statement.routes.ts';
import { createApp } from './app.ts';

/** The whole HTTP API of the program Worker, part by part. */
export function createApi() {
  const app = createApp();
  app.route('/', formRoutes);
  app.route('/', signupRoutes);
  app.route('/', accountRoutes);
  app.route('/', billingRoutes);
  app.route('/', parkedRoutes);
  app.route('/', holdRoutes);
  app.route('/', planRoutes);
  app.route('/', partnerRoutes);
  app.route('/', linkRoutes);
  app.route('/', tokenRoutes);
  app.route('/', meRoutes);
  app.route('/', adjustmentRoutes);
  app.route('/', earningsRoutes);
  app.route('/', referralRoutes);
  app.route('/', batchRoutes);
  app.route('/', payoutRoutes);
  app.route('/', webhookRoutes);
  app.route('/', statementRoutes);
  app.route('/', auditRoutes);
  return app;
}
