import type { SimulatorEnv } from './env.ts';

export { PaypalSimulator } from './simulator.ts';

/** One PayPal for everybody: requests reach its one object in the order in which they come. */
export default {
  fetch: (request, env) => env.PAYPAL.getByName('paypal').fetch(request),
} satisfies ExportedHandler<SimulatorEnv>;
