import type { WranglerResult } from '../wrangler.ts';
import { ROLES, type House, type ResourceIds, type WorkerConfig } from './config.ts';

/** Runs wrangler: the project's own, or one of a test's. */
export type Wrangler = (...args: readonly string[]) => Promise<WranglerResult>;

/** Runs wrangler and throws with all it said where it fails. */
export async function must(wrangler: Wrangler, ...args: readonly string[]): Promise<string> {
  const { ok, stdout, output } = await wrangler(...args);
  if (!ok) throw new Error(`wrangler ${args.join(' ')} failed:\n${output}`);
  return stdout;
}

const all = <T>(house: House, of: (config: WorkerConfig) => readonly T[] | undefined): T[] => [
  ...new Set(ROLES.flatMap((role) => of(house[role]) ?? [])),
];

/** Names of everything that the Workers need to find on Cloudflare. */
export function neededResources(house: House) {
  return {
    databases: all(house, ({ d1_databases }) => d1_databases?.map(({ database_name }) => database_name)),
    buckets: all(house, ({ r2_buckets }) => r2_buckets?.map(({ bucket_name }) => bucket_name)),
    queues: all(house, ({ queues }) => [
      ...(queues?.producers ?? []).map(({ queue }) => queue),
      ...(queues?.consumers ?? []).flatMap(({ queue, dead_letter_queue }) =>
        dead_letter_queue === undefined ? [queue] : [queue, dead_letter_queue],
      ),
    ]),
    links: `${house.tracker.name}-links`,
  };
}

/** The id of a named thing in a list that wrangler prints as JSON; made first where it is not there. */
async function idOf(
  wrangler: Wrangler,
  list: readonly string[],
  named: (entry: Readonly<Record<string, string>>) => string | null,
  create: readonly string[],
  say: (line: string) => void,
): Promise<string> {
  const find = async () => {
    const entries = JSON.parse(await must(wrangler, ...list)) as Readonly<Record<string, string>>[];
    return entries.map(named).find((id) => id !== null);
  };
  const known = await find();
  if (known !== undefined) return known;
  say(`wrangler ${create.join(' ')}`);
  await must(wrangler, ...create, '--update-config=false');
  const made = await find();
  if (made === undefined) throw new Error(`wrangler ${create.join(' ')} made nothing that is listed`);
  return made;
}

async function createUnlessThere(
  wrangler: Wrangler,
  kind: readonly string[],
  name: string,
  say: (line: string) => void,
): Promise<void> {
  if ((await wrangler(...kind, 'info', name)).ok) return;
  say(`wrangler ${[...kind, 'create', name].join(' ')}`);
  await must(wrangler, ...kind, 'create', name);
}

/** Creates what is missing on Cloudflare (databases, namespace, queues, bucket), and answers with the ids. Run again, it creates nothing. */
export async function ensureResources(
  wrangler: Wrangler,
  house: House,
  say: (line: string) => void,
): Promise<ResourceIds> {
  const needed = neededResources(house);
  const databases: Record<string, string> = {};
  for (const name of needed.databases) {
    const named = (entry: Readonly<Record<string, string>>) =>
      entry['name'] === name ? (entry['uuid'] ?? null) : null;
    databases[name] = await idOf(wrangler, ['d1', 'list', '--json'], named, ['d1', 'create', name], say);
  }
  const titled = (entry: Readonly<Record<string, string>>) =>
    entry['title'] === needed.links ? (entry['id'] ?? null) : null;
  const links = await idOf(
    wrangler,
    ['kv', 'namespace', 'list'],
    titled,
    ['kv', 'namespace', 'create', needed.links],
    say,
  );
  for (const name of needed.queues) await createUnlessThere(wrangler, ['queues'], name, say);
  for (const name of needed.buckets) await createUnlessThere(wrangler, ['r2', 'bucket'], name, say);
  return { databases, links };
}
