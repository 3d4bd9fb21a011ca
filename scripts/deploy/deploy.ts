import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { deployedConfig, ROLES, root, type House, type ResourceIds, type Role, type WorkerConfig } from './config.ts';
import { refusals, type Secrets } from './refusals.ts';
import { ensureResources, must, neededResources, type Wrangler } from './resources.ts';
import { planSecrets, secretsSet, standIns } from './secrets.ts';

/** Where configurations and bundles are written. Not `.wrangler/deploy`: a file there would redirect every wrangler command. */
export const GENERATED = join(root, '.wrangler/generated');

type Say = (line: string) => void;

/** Writes the configurations that are deployed; answers with their files. */
async function writeConfigs(folder: string, house: House, ids: ResourceIds): Promise<Readonly<Record<Role, string>>> {
  await mkdir(folder, { recursive: true });
  const files = {} as Record<Role, string>;
  for (const role of ROLES) {
    files[role] = join(folder, `${role}.json`);
    await writeFile(files[role], JSON.stringify(deployedConfig(role, house, ids), null, 2));
  }
  return files;
}

/** What a Worker would be deployed as. */
export interface DryWorker {
  /** The configuration that wrangler was given. */
  readonly file: string;
  readonly config: WorkerConfig;
  /** What wrangler said of the bundle and its bindings. */
  readonly output: string;
}

export interface DryRun {
  readonly workers: Readonly<Record<Role, DryWorker>>;
  readonly refusals: readonly string[];
}

/** Everything of a deploy that needs no account: builds the three Workers as they would be uploaded, and checks what they are given. */
export async function dryRun(
  wrangler: Wrangler,
  house: House,
  demo: readonly string[],
  folder: string,
): Promise<DryRun> {
  const none = '00000000-0000-0000-0000-000000000000';
  const { databases } = neededResources(house);
  const ids = { databases: Object.fromEntries(databases.map((name) => [name, none])), links: none.replaceAll('-', '') };
  const files = await writeConfigs(folder, house, ids);
  const build = async (role: Role): Promise<DryWorker> => {
    const outdir = join(folder, `${role}-bundle`);
    const output = await must(wrangler, 'deploy', '--dry-run', '-c', files[role], '--outdir', outdir);
    return { file: files[role], config: deployedConfig(role, house, ids), output };
  };
  const [payouts, program, tracker] = await Promise.all([build('payouts'), build('program'), build('tracker')]);
  return { workers: { payouts, program, tracker }, refusals: await refusals(house, standIns(), demo) };
}

/** What a deploy is told. */
export interface DeployInput {
  readonly wrangler: Wrangler;
  readonly house: House;
  readonly demo: readonly string[];
  /** Where to write what is generated. */
  readonly folder: string;
  /** Values of secrets by name: the environment. */
  readonly given: Readonly<Record<string, string | undefined>>;
  /** Asks for the names of operators, where their keys have to be made. */
  askOperators(): Promise<readonly string[]>;
  say: Say;
}

export type Deployed =
  | { readonly ok: true; readonly made: Secrets }
  | { readonly ok: false; readonly reasons: readonly string[] };

async function upload(wrangler: Wrangler, file: string, secrets: Secrets): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lastclick-deploy-'));
  const secretsFile = join(folder, 'secrets.json');
  try {
    await writeFile(secretsFile, JSON.stringify(secrets), { mode: 0o600 });
    const held = Object.keys(secrets).length > 0 ? ['--secrets-file', secretsFile] : [];
    await must(wrangler, 'deploy', '-c', file, ...held);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * Deploys: refuses what must not go out, creates what is missing on Cloudflare, migrates both databases, then uploads payouts, program and
 * tracker with their secrets, each after what it calls. Nothing is touched before everything has been checked. Safe to run again.
 */
export async function deploy({
  wrangler,
  house,
  demo,
  folder,
  given,
  askOperators,
  say,
}: DeployInput): Promise<Deployed> {
  const faults = await refusals(house, standIns(), demo);
  if (faults.length > 0) return { ok: false, reasons: faults };
  const signedIn = await wrangler('whoami', '--json');
  if (!signedIn.ok)
    return { ok: false, reasons: ['nobody is signed in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN'] };
  const set = await secretsSet(wrangler, house);
  const operators = set.program.includes('OPERATOR_API_KEYS') || given['OPERATOR_API_KEYS'] ? [] : await askOperators();
  const planned = planSecrets(set, given, operators, house.payouts.vars?.['PAYOUT_RAIL']);
  if (!planned.ok) {
    return {
      ok: false,
      reasons: planned.missing.map((name) => `${name} is missing and cannot be made here: set it in the environment`),
    };
  }
  const { uploads, made } = planned.plan;
  const known = { ...uploads.payouts, ...uploads.tracker, ...uploads.program };
  const bad = await refusals(house, { ...standIns(), ...known }, demo);
  if (bad.length > 0) return { ok: false, reasons: bad };

  const ids = await ensureResources(wrangler, house, say);
  const files = await writeConfigs(folder, house, ids);
  for (const database of ['BOOKS', 'CLICKS']) {
    say(`migrating ${database}`);
    await must(wrangler, 'd1', 'migrations', 'apply', database, '--remote', '-c', files.program);
  }
  for (const role of ROLES) {
    say(`deploying ${house[role].name}`);
    await upload(wrangler, files[role], uploads[role]);
  }
  return { ok: true, made };
}
