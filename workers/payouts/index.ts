import { WorkerEntrypoint } from 'cloudflare:workers';

import type { PayoutsEnv } from './env.ts';

export class PayoutsService extends WorkerEntrypoint<PayoutsEnv> {
  ping(): string {
    return 'pong';
  }
}

export default {
  async scheduled(controller, env): Promise<void> {
    await env.WITNESS.put(`cron/${controller.scheduledTime}`, controller.cron);
  },
} satisfies ExportedHandler<PayoutsEnv>;
