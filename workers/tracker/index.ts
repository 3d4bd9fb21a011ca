import { consentRoute } from '../../src/attribution/consent.routes.ts';
import { forward } from '../../src/attribution/forward.ts';
import { isSite, passThrough } from '../../src/attribution/pass-through.ts';
import { redirectRoute } from '../../src/attribution/redirect.routes.ts';
import { scriptRoute } from '../../src/attribution/script.routes.ts';
import { secureAddress } from '../../src/attribution/secure.ts';
import { openVisit } from '../../src/attribution/visit.ts';
import { tokenRoute } from '../../src/attribution/visitor.routes.ts';
import type { TrackerEnv } from './env.ts';

export default {
  async fetch(request, env, ctx): Promise<Response> {
    if (isSite(request, env)) return passThrough(request, env, ctx);
    const secure = secureAddress(request.url, env);
    if (secure !== null) return Response.redirect(secure, 308);
    const visit = openVisit(request, env, ctx);
    if (visit instanceof Response) return visit;
    if (visit.plain_code !== null || visit.url.pathname.startsWith('/r/')) return redirectRoute(visit);
    const { pathname } = visit.url;
    if (pathname === '/token') return tokenRoute(visit);
    if (pathname === '/consent') return consentRoute(visit);
    if (pathname === '/lastclick.js') return scriptRoute(visit);
    return forward(request, env.PROGRAM);
  },
} satisfies ExportedHandler<TrackerEnv>;
