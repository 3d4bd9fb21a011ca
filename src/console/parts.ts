import type { Hono } from 'hono';

import { signInRoutes } from '../identity/sign-in.routes.tsx';
import type { ConsolePages, Pages } from '../pages/context.ts';
import { accountActions } from './account-actions.routes.tsx';
import { accountPages } from './accounts.routes.tsx';
import { applicationPages } from './applications.routes.tsx';
import { auditPages } from './audit.routes.tsx';
import { batchActions } from './batch-actions.routes.tsx';
import { batchPages } from './batches.routes.tsx';
import { billingActions } from './billing-actions.routes.tsx';
import { claimPages } from './claims.routes.tsx';
import { expectedPages } from './expected.routes.tsx';
import { holdPages } from './holds.routes.tsx';
import { differencesPages } from './import-differences.routes.tsx';
import { importPages } from './import.routes.tsx';
import { mailPages } from './mails.routes.tsx';
import { operatorPages } from './operators.routes.tsx';
import { parkedPages } from './parked.routes.tsx';
import { partnerAccess } from './partner-access.routes.tsx';
import { partnerActions } from './partner-actions.routes.tsx';
import { partnerPages } from './partners.routes.tsx';
import { payoutActions } from './payout-actions.routes.tsx';
import { payoutPages } from './payout.routes.tsx';
import { policyPages } from './policy.routes.tsx';
import { proposalPages } from './proposals.routes.tsx';
import { secondFactorPages, settingsPages } from './security.ts';
import { signalPages } from './signals.routes.tsx';
import { termsConsolePages } from './terms.routes.tsx';
import { todayPages } from './today.routes.tsx';

/** Parts that anybody may open. */
export const openParts: readonly Hono<Pages>[] = [signInRoutes('/console'), secondFactorPages];

/** Parts for operators who have signed in with a second factor. */
export const consoleParts: readonly Hono<ConsolePages>[] = [
  todayPages,
  batchPages,
  batchActions,
  payoutPages,
  payoutActions,
  proposalPages,
  partnerPages,
  partnerActions,
  partnerAccess,
  accountPages,
  accountActions,
  billingActions,
  claimPages,
  holdPages,
  parkedPages,
  signalPages,
  mailPages,
  expectedPages,
  applicationPages,
  termsConsolePages,
  operatorPages,
  auditPages,
  policyPages,
  differencesPages,
  importPages,
  settingsPages,
];
