import { createRoute, z } from '@hono/zod-openapi';

import { lastBackup } from '../backup/backup.repo.ts';
import { jsonAnswer, PROBLEM_ANSWERS } from '../http/answers.ts';
import { createRoutes } from '../http/app.ts';
import { allow } from '../http/auth.ts';
import { Day, InstantOut, instantOut } from '../http/schema.ts';
import { readBeats } from './heartbeat.repo.ts';
import { CRONS, cronStates, type CronName } from './heartbeat.rules.ts';

/** Whether the clock still wakes the program. */
export const heartbeatRoutes = createRoutes();

const CronOut = z
  .object({
    name: z.enum(Object.keys(CRONS) as [CronName, ...CronName[]]),
    worker: z.enum(['program', 'payouts']),
    cron: z.string().openapi({ example: '30 17 * * *' }),
    last_run_at: InstantOut.nullable(),
    last_good_run_at: InstantOut.nullable(),
    state: z.enum(['well', 'failing', 'late', 'never']),
  })
  .openapi('Cron');

const BackupOut = z
  .object({
    day: Day,
    ended_at: InstantOut,
    rows: z.int(),
    bytes: z.int(),
    manifest_sha256: z.string(),
  })
  .openapi('Backup');

const getHeartbeats = createRoute({
  method: 'get',
  path: '/v1/heartbeats',
  tags: ['operator'],
  middleware: allow('operator'),
  responses: {
    200: jsonAnswer(
      z.object({ data: z.array(CronOut), last_backup: BackupOut.nullable() }),
      'When each cron ran last, which are late, and the last whole copy of the books',
    ),
    ...PROBLEM_ANSWERS,
  },
});

heartbeatRoutes.openapi(getHeartbeats, async (c) => {
  const [beats, backup] = await Promise.all([readBeats(c.var.books), lastBackup(c.var.books)]);
  const data = cronStates(beats, c.var.now).map(({ came_at, well_at, ...cron }) => ({
    ...cron,
    last_run_at: instantOut(came_at),
    last_good_run_at: instantOut(well_at),
  }));
  const last_backup = backup && { ...backup, ended_at: instantOut(backup.ended_at) };
  return c.json({ data, last_backup }, 200);
});
