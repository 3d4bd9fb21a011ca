import type { Hono } from 'hono';

import { applyPages } from '../application/apply.routes.tsx';
import { signInRoutes } from '../identity/sign-in.routes.tsx';
import type { CenterPages, Pages } from '../pages/context.ts';
import { termsPages } from '../terms/terms.routes.tsx';
import { claimPages } from './claims.routes.tsx';
import { earningsPages } from './earnings.routes.tsx';
import { confirmEmailPages, emailPages } from './email.routes.tsx';
import { expectedPages } from './expected.routes.tsx';
import { homePages } from './home.routes.tsx';
import { letterPages } from './letters.routes.tsx';
import { linkPages } from './links.routes.tsx';
import { payoutPages } from './payouts.routes.tsx';
import { referralPages } from './referrals.routes.tsx';
import { securityPages } from './security.ts';
import { mailChoicePages } from './settings-mails.routes.tsx';
import { tokenPages } from './settings-tokens.routes.tsx';
import { settingsPages } from './settings.routes.tsx';
import { stopPages } from './stop.routes.tsx';

/** Parts that anybody may open. */
export const openParts: readonly Hono<Pages>[] = [
  signInRoutes('/partners'),
  applyPages,
  termsPages,
  confirmEmailPages,
  stopPages,
];

/** Parts for partners who have signed in. */
export const centerParts: readonly Hono<CenterPages>[] = [
  homePages,
  earningsPages,
  payoutPages,
  letterPages,
  claimPages,
  referralPages,
  linkPages,
  expectedPages,
  securityPages,
  settingsPages,
  emailPages,
  mailChoicePages,
  tokenPages,
];
