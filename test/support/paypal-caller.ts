import { paypalClient } from '../../src/paypal/client.ts';

interface CallerEnv {
  readonly PAYPAL: Fetcher;
}

interface Call {
  readonly base: string;
  /** By the service binding, or over the network. */
  readonly bound: boolean;
  readonly body: string;
  readonly timeout: number;
}

/** A Worker that sends a payout as payouts does, so that tests see the client on workerd. */
export default {
  async fetch(request, env): Promise<Response> {
    const { base, bound, body, timeout } = await request.json<Call>();
    const bind = bound ? { fetch: (url: string, init: RequestInit) => env.PAYPAL.fetch(url, init) } : {};
    const credentials = { client_id: 'simulator-client', client_secret: 'simulator-secret' };
    const client = paypalClient({ base, ...credentials, ...bind, now: 0, timeout, tokens: new Map() });
    return Response.json(await client.createPayout(body));
  },
} satisfies ExportedHandler<CallerEnv>;
