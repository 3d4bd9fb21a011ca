import { dirname, join } from 'node:path';

import { experimental_readRawConfig as readRawConfig } from 'wrangler';

export const root = join(import.meta.dirname, '../..');

/** The Workers by their part in the house, in the order in which service bindings let them be deployed. */
export const ROLES = ['payouts', 'program', 'tracker'] as const;
export type Role = (typeof ROLES)[number];

const CONFIGS: Readonly<Record<Role, string>> = {
  payouts: 'workers/payouts/wrangler.toml',
  program: 'workers/program/wrangler.toml',
  tracker: 'wrangler.toml',
};

/** What a deploy reads of a wrangler configuration and writes into it; the rest goes through as it is. */
export interface WorkerConfig {
  readonly name: string;
  readonly main: string;
  readonly vars?: Readonly<Record<string, unknown>>;
  readonly workers_dev?: boolean;
  readonly preview_urls?: boolean;
  readonly route?: unknown;
  readonly routes?: readonly unknown[];
  readonly triggers?: { readonly crons?: readonly string[] };
  readonly kv_namespaces?: readonly { readonly binding: string; readonly id?: string }[];
  readonly d1_databases?: readonly Database[];
  readonly r2_buckets?: readonly { readonly binding: string; readonly bucket_name: string }[];
  readonly services?: readonly { readonly binding: string; readonly service: string; readonly entrypoint?: string }[];
  readonly queues?: {
    readonly producers?: readonly { readonly binding: string; readonly queue: string }[];
    readonly consumers?: readonly { readonly queue: string; readonly dead_letter_queue?: string }[];
  };
}

interface Database {
  readonly binding: string;
  readonly database_name: string;
  readonly database_id?: string;
  readonly migrations_dir?: string;
}

export type House = Readonly<Record<Role, WorkerConfig>>;

function read(role: Role): WorkerConfig {
  const { rawConfig }: { rawConfig: WorkerConfig } = readRawConfig({ config: join(root, CONFIGS[role]) });
  return rawConfig;
}

/** The Workers' configurations as committed. */
export function readHouse(): House {
  return { payouts: read('payouts'), program: read('program'), tracker: read('tracker') };
}

/** Ids that Cloudflare gave to what the Workers share: databases by name, and the one namespace of links. */
export interface ResourceIds {
  readonly databases: Readonly<Record<string, string>>;
  readonly links: string;
}

/** Where visitors come in: the host of PUBLIC_URL as a domain of the front door's own, unless its configuration says where. */
function frontDoor({ route, routes, vars }: WorkerConfig): Partial<WorkerConfig> {
  if (route !== undefined || routes !== undefined) return {};
  const { hostname } = new URL(String(vars?.['PUBLIC_URL']));
  if (hostname.endsWith('.workers.dev')) return { workers_dev: true, preview_urls: false };
  return { routes: [{ pattern: hostname, custom_domain: true }], workers_dev: false, preview_urls: false };
}

/** A Worker's configuration as it is deployed: ids written out, since the Workers share what they name; paths from anywhere. */
export function deployedConfig(role: Role, house: House, ids: ResourceIds): WorkerConfig {
  const config = house[role];
  const folder = join(root, dirname(CONFIGS[role]));
  const databases = config.d1_databases?.map((database) => ({
    ...database,
    database_id: database.database_id ?? ids.databases[database.database_name] ?? '',
    migrations_dir: join(folder, database.migrations_dir ?? 'migrations'),
  }));
  const namespaces = config.kv_namespaces?.map((namespace) => ({ ...namespace, id: namespace.id ?? ids.links }));
  return {
    ...config,
    ...(role === 'tracker' ? frontDoor(config) : {}),
    main: join(folder, config.main),
    ...(databases ? { d1_databases: databases } : {}),
    ...(namespaces ? { kv_namespaces: namespaces } : {}),
  };
}
