import { readFile, rm } from 'node:fs/promises';

import { runningProgram } from './local/control.ts';
import { files, workers } from './local/files.ts';
import { MADE_HERE } from './local/vars.ts';

/** `npm run demo:reset`: removes the local program's state and secrets, so that the next `npm start` begins anew. */
async function reset(): Promise<number> {
  const program = await runningProgram();
  if (program) {
    console.error(`Lastclick is running at ${program.program} (process ${program.pid}). Stop it first.`);
    return 1;
  }
  await Promise.all(Object.values(files).map((path) => rm(path, { recursive: true, force: true })));
  for (const { vars } of workers) {
    const text = await readFile(vars, 'utf8').catch(() => '');
    if (text.startsWith(MADE_HERE)) await rm(vars);
    else if (text !== '') console.log(`${vars} was not made by npm start and stays.`);
  }
  console.log('The local program is gone. npm start makes a new one.');
  return 0;
}

process.exitCode = await reset();
