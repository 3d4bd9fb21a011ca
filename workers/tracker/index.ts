import { forward } from '../../src/attribution/forward.ts';
import { isSite, passThrough } from '../../src/attribution/pass-through.ts';
import { redirectRoute } from '../../src/attribution/redirect.routes.ts';
import { openVisit } from '../../src/attribution/visit.ts';
import { tokenRoute } from '../../src/attribution/visitor.routes.ts';
import type { TrackerEnv } from './env.ts';

export default {
  async fetch(request, env, ctx): Promise<Response> {
    if (isSite(request, env)) return passThrough(request, env, ctx);
    const visit = await openVisit(request, env, ctx);
    if (visit instanceof Response) return visit;
    const { pathname } = visit.url;
    if (pathname.startsWith('/r/')) return redirectRoute(visit);
    if (pathname === '/token') return tokenRoute(visit);
    // Evaluated when they are asked for: a click does not wait for them.
    if (pathname === '/consent') return (await import('../../src/attribution/consent.routes.ts')).consentRoute(visit);
    if (pathname === '/lastclick.js')
      return (await import('../../src/attribution/script.routes.ts')).scriptRoute(visit);
    return forward(request, env.PROGRAM);
  },
} satisfies ExportedHandler<TrackerEnv>;
