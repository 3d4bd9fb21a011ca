import { forward } from '../../src/attribution/forward.ts';
import { redirectRoute } from '../../src/attribution/redirect.routes.ts';
import { openVisit } from '../../src/attribution/visit.ts';
import { tokenRoute } from '../../src/attribution/visitor.routes.ts';
import type { TrackerEnv } from './env.ts';

export default {
  async fetch(request, env, ctx): Promise<Response> {
    const visit = await openVisit(request, env, ctx);
    if (visit instanceof Response) return visit;
    const { pathname } = visit.url;
    if (pathname.startsWith('/r/')) return redirectRoute(visit);
    if (pathname === '/token') return tokenRoute(visit);
    return forward(request, env.PROGRAM);
  },
} satisfies ExportedHandler<TrackerEnv>;
