import type { PaypalSimulator } from './simulator.ts';

/** What the simulator is given. */
export interface SimulatorEnv {
  readonly PAYPAL: DurableObjectNamespace<PaypalSimulator>;
  readonly SIMULATOR_CLIENT_ID: string;
  readonly SIMULATOR_CLIENT_SECRET: string;
}
