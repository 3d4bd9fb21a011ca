import type { D1Migration } from '@cloudflare/vitest-plugin';

import type { PayoutsEnv } from '../../workers/payouts/env.ts';
import type { ProgramEnv } from '../../workers/program/env.ts';
import type { TrackerEnv } from '../../workers/tracker/env.ts';

declare global {
  namespace Cloudflare {
    interface GlobalProps {
      mainModule: typeof import('../../workers/program/index.ts');
    }
    /** The bindings of a test on workerd: program's own, and those of its neighbours that a test may need. */
    interface Env extends ProgramEnv, Pick<PayoutsEnv, 'WITNESS' | 'BACKUPS'>, Pick<TrackerEnv, 'CLICK_QUEUE'> {
      readonly BOOKS_MIGRATIONS: D1Migration[];
      readonly CLICKS_MIGRATIONS: D1Migration[];
      /** Random requests to each endpoint. */
      readonly FUZZ_RUNS: string;
      /** Only endpoints whose path contains this. */
      readonly FUZZ_PATH: string;
    }
  }
}
