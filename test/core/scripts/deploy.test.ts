import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unstable_readConfig as readConfig } from 'wrangler';

import { readHouse, ROLES } from '../../../scripts/deploy/config.ts';
import { demoSecrets } from '../../../scripts/deploy/demo-secrets.ts';
import { dryRun } from '../../../scripts/deploy/deploy.ts';
import { tryWrangler } from '../../../scripts/wrangler.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lastclick-dry-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a dry deploy of what is committed', () => {
  it(
    'builds the three Workers with production values, named crons, nothing secret, and one way in',
    { timeout: 120_000 },
    async () => {
      const { workers, refusals } = await dryRun(tryWrangler, readHouse(), await demoSecrets(), folder);

      for (const role of ROLES) {
        const { file, output } = workers[role];
        const read = readConfig({ config: file });
        expect(read.vars).toMatchObject({ ENVIRONMENT: 'production', CLOCK: 'system' });
        expect(Object.keys(read.vars).filter((name) => /KEY|SECRET|JWK|CLIENT_ID|PASSWORD|^TOKEN/.test(name))).toEqual(
          [],
        );
        // As wrangler lists what the upload would hold.
        expect(output).toContain('env.ENVIRONMENT ("production")');
        expect(output).toContain('env.CLOCK ("system")');
        expect(output).not.toMatch(/COOKIE_KEYS|TOKEN_PRIVATE_JWK|API_KEY|CLIENT_SECRET/);
        if (role === 'tracker') continue;
        expect(read.workers_dev).toBe(false);
        expect(read.preview_urls).toBe(false);
        expect(read.routes ?? read.route).toBeUndefined();
      }
      // Forms and webhooks are measured apart.
      for (const limit of ['FORM_LIMIT', 'WEBHOOK_LIMIT']) expect(workers.program.output).toContain(`env.${limit}`);
      const { triggers } = readConfig({ config: workers.payouts.file });
      expect(triggers.crons).toEqual(['0 17 * * FRI', '30 17 * * *', '*/15 2 * * *']);
      const { routes } = readConfig({ config: workers.tracker.file });
      expect(routes).toEqual([{ pattern: 'go.example.com', custom_domain: true }]);
      // The addresses of a program are for its operator to fill in: nothing else stands against deploying what is committed.
      expect(refusals.filter((reason) => !reason.includes('is a placeholder or local: '))).toEqual([]);
      expect(refusals.length).toBeGreaterThan(0);
    },
  );
});
