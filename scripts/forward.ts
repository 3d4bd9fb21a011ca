import { runningProgram } from './local/control.ts';
import { spanOf } from './local/cron-times.ts';

/** `npm run demo:forward -- 7d`: lets the running local program's clock run on, crons included, and prints what happened. */
async function forward(span: string | undefined): Promise<number> {
  if (span === undefined || spanOf(span) === null) {
    console.error('Say how far, as in: npm run demo:forward -- 7d (also 1h, 90d, 2w; three years at most)');
    return 2;
  }
  const program = await runningProgram();
  if (!program) {
    console.error('The program is not running: run npm start in another terminal first.');
    return 1;
  }
  const headers = { authorization: `Bearer ${program.token}` };
  const { body } = await fetch(new URL('/forward', program.url), { method: 'POST', headers, body: span });
  for await (const chunk of body ?? []) process.stdout.write(chunk);
  return 0;
}

process.exitCode = await forward(process.argv[2]);
