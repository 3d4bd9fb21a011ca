import { WorkerEntrypoint } from 'cloudflare:workers';

/** Stands where payouts would: clicks never reach it. */
export class PayoutsService extends WorkerEntrypoint {}
export default { fetch: () => new Response(null, { status: 501 }) };
