import { Hono, type Context } from 'hono';

import { goOn } from '../identity/sign-in.routes.tsx';
import { bareFrame, failurePage } from '../pages/app.tsx';
import type { Pages } from '../pages/context.ts';
import { pageAnswer } from '../pages/layout.tsx';
import { Act } from '../pages/parts.tsx';
import { openLetterLink } from '../partner/letter-link.ts';
import { stopPayouts, stopStands } from '../partner/stop-payouts.ts';

/** What opens behind the link of a letter about a new PayPal address (P3): nobody needs to sign in, and only its button does something. */
export const stopPages = new Hono<Pages>();

function StopBody({ stands, action }: { stands: 'open' | 'stopped'; action: string }) {
  if (stands === 'stopped')
    return (
      <>
        <h1>Payouts to the new address are stopped</h1>
        <p>
          Nothing is paid to it until one of our people has looked at it. What is due stays due, and carries over (P3).
          We may write to you about it.
        </p>
        <p>
          If somebody else was in your account, <a href="/partners/forgot">set a new password</a>: that signs everybody
          out. Then look at your settings, and revoke API tokens that you do not know: they go on until then.
        </p>
      </>
    );
  return (
    <>
      <h1>Stop payouts to the new PayPal address?</h1>
      <p>
        If you did not set it, or know nothing of it, stop it here. Nothing is paid to that address then until one of
        our people has looked at it. If it was you, just close this page.
      </p>
      <Act action={action} text="Stop payouts to it" tone="danger" />
    </>
  );
}

stopPages.get('/stop/:token', async (c) => {
  const { books, config, now } = c.var;
  const link = await openLetterLink(c.env, config.public_url, 'stop', c.req.param('token'), now);
  const stands = link && (await stopStands(books, link));
  if (!stands) return failurePage(c, 404);
  return pageAnswer(bareFrame(config.program_name, '/partners'), {
    title: 'Stop payouts',
    narrow: true,
    body: <StopBody stands={stands} action={c.req.path} />,
    // The link is the key: it goes nowhere with the page.
    headers: { 'referrer-policy': 'no-referrer' },
  });
});

stopPages.post('/stop/:token', async (c: Context<Pages, '/stop/:token'>) => {
  const { books, config, now } = c.var;
  const link = await openLetterLink(c.env, config.public_url, 'stop', c.req.param('token'), now);
  if (!link) return failurePage(c, 404);
  const done = await stopPayouts({ books, now }, link);
  if (done.ok) return goOn(c, c.req.path);
  return failurePage(c, done.reason === 'not_found' ? 404 : 503);
});
