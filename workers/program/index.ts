import { consumeClicks } from '../../src/attribution/clicks.consumer.ts';
import { createApi } from '../../src/http/api.ts';
import document from '../../src/http/openapi.json' with { type: 'json' };
import { runMail } from '../../src/mail/run.ts';
import { openDatabase } from '../../src/program/commit.repo.ts';
import type { ProgramEnv } from './env.ts';

const app = createApi();
app.get('/openapi.json', (c) => c.json(document));

export default {
  fetch: app.fetch,
  queue: (batch, env) => consumeClicks(batch, openDatabase(env.CLICKS)),
  async scheduled({ scheduledTime }, env): Promise<void> {
    await runMail(env, scheduledTime);
  },
} satisfies ExportedHandler<ProgramEnv>;
