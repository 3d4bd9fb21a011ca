import { createMiddleware } from 'hono/factory';

import type { ConsolePages } from '../pages/context.ts';
import { consolePage } from './app.ts';

/** Who came by Cloudflare Access has no session here to look after: password and second factor are the business of Access. */
export const settingsOfAccess = createMiddleware<ConsolePages>(async (c, next) => {
  const { person, config } = c.var;
  if (person.by_access !== true) return next();
  const title = 'Signing in and security';
  return consolePage(config.program_name, '/console/settings', {
    title,
    body: (
      <>
        <h1>{title}</h1>
        <p>{`You have come by Cloudflare Access, as ${person.operator_name} (${person.email}).`}</p>
        <p>
          Your sign-in, its second factor and where it holds are looked after there. If you have a password and a second
          factor of this program too, <a href="/console/sign-in">sign in with them</a> to change them.
        </p>
      </>
    ),
  });
});
