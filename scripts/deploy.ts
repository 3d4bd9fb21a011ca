import { createInterface } from 'node:readline/promises';

import { readHouse, ROLES } from './deploy/config.ts';
import { demoSecrets } from './deploy/demo-secrets.ts';
import { deploy, dryRun, GENERATED } from './deploy/deploy.ts';
import { tryWrangler } from './wrangler.ts';

/**
 * `npm run deploy`: puts the three Workers on Cloudflare and creates what is missing there. `npm run deploy -- --dry-run` does everything
 * that needs no account. Both refuse local values and demo secrets (docs/running.md).
 */
const say = (line: string): void => console.log(line);

function refuse(reasons: readonly string[]): number {
  console.error('Not deployed:');
  for (const reason of reasons) console.error(`  - ${reason}`);
  return 1;
}

async function askOperators(): Promise<readonly string[]> {
  if (!process.stdin.isTTY) return [];
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const names = await terminal.question(
    'Names of the operators, comma-separated (two at least: some decisions need two people): ',
  );
  terminal.close();
  return names.split(',').flatMap((name) => name.trim() || []);
}

async function showDryRun(): Promise<number> {
  const { workers, refusals } = await dryRun(tryWrangler, readHouse(), await demoSecrets(), GENERATED);
  for (const role of ROLES) {
    const { config, file, output } = workers[role];
    say(`${config.name} (${file})\n${output.trim()}`);
    say(`Crons: ${config.triggers?.crons?.join(', ') ?? 'none'}. Routes: ${JSON.stringify(config.routes ?? [])}.\n`);
  }
  if (refusals.length > 0) return refuse(refusals);
  say('This may be deployed: npm run deploy');
  return 0;
}

async function deployed(): Promise<number> {
  const result = await deploy({
    wrangler: tryWrangler,
    house: readHouse(),
    demo: await demoSecrets(),
    given: process.env,
    folder: GENERATED,
    askOperators,
    say,
  });
  if (!result.ok) return refuse(result.reasons);
  const shown = Object.entries(result.made).filter(
    ([name]) => name === 'INGEST_API_KEY' || name === 'OPERATOR_API_KEYS',
  );
  if (shown.length > 0) say('\nMade for this program, and shown this once. Keep them:');
  for (const [name, value] of shown) say(`  ${name}=${value}`);
  say('\nDeployed.');
  return 0;
}

// `npm run deploy --dry-run`, without the two dashes between, hands the flag to npm alone.
const dry = process.argv.includes('--dry-run') || process.env['npm_config_dry_run'] === 'true';
try {
  process.exitCode = await (dry ? showDryRun() : deployed());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
