const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A cron of this program: its Worker, its line in the wrangler configuration, and after how long without a good run it is late. */
export interface Cron {
  worker: 'program' | 'payouts';
  cron: string;
  late_after_ms: number;
}

/** Every cron, by the name under which it is watched. */
export const CRONS = {
  mail: { worker: 'program', cron: '*/5 * * * *', late_after_ms: 20 * MINUTE_MS },
  webhooks: { worker: 'program', cron: '* * * * *', late_after_ms: 10 * MINUTE_MS },
  friday: { worker: 'payouts', cron: '0 17 * * FRI', late_after_ms: 7 * DAY_MS + 2 * HOUR_MS },
  daily: { worker: 'payouts', cron: '30 17 * * *', late_after_ms: 26 * HOUR_MS },
  backup: { worker: 'payouts', cron: '*/15 2 * * *', late_after_ms: 26 * HOUR_MS },
} as const satisfies Record<string, Cron>;

export type CronName = keyof typeof CRONS;

/** The name of a Worker's cron; null for a line that is not known. */
export function cronNamed(worker: Cron['worker'], cron: string): CronName | null {
  for (const [name, known] of Object.entries(CRONS))
    if (known.worker === worker && (known.cron === cron || isOtherWeekday(known.cron, cron))) return name as CronName;
  return null;
}

/** A pay day's own cron names the weekday that the policy says. */
function isOtherWeekday(known: string, cron: string): boolean {
  return /^[\d ]+\* \* [A-Z]{3}$/.test(known) && /^[\d ]+\* \* [A-Z]{3}$/.test(cron);
}

/** A cron as the books know it. */
export interface Beat {
  cron: string;
  came_at: number;
  well_at: number | null;
}

/** How a cron stands at an instant. Late: no good run for longer than it may be without one; `never` one that has not run at all. */
export interface CronState {
  name: CronName;
  worker: Cron['worker'];
  cron: string;
  came_at: number | null;
  well_at: number | null;
  state: 'well' | 'failing' | 'late' | 'never';
}

/** All crons as they stand, out of what the books know of them. */
export function cronStates(beats: readonly Beat[], now: number): CronState[] {
  return (Object.keys(CRONS) as CronName[]).map((name) => {
    const { worker, cron, late_after_ms } = CRONS[name];
    const beat = beats.find((one) => one.cron === name);
    const [came_at, well_at] = [beat?.came_at ?? null, beat?.well_at ?? null];
    return { name, worker, cron, came_at, well_at, state: stateOf(came_at, well_at, now, late_after_ms) };
  });
}

function stateOf(
  came_at: number | null,
  well_at: number | null,
  now: number,
  late_after_ms: number,
): CronState['state'] {
  if (came_at === null) return 'never';
  if (well_at === null || now - well_at > late_after_ms) return 'late';
  return came_at > well_at ? 'failing' : 'well';
}

/** The shortest time between two pulses of one cron sent out: a service that watches needs no more. */
export const PULSE_MS = 5 * MINUTE_MS;

/** Whether a good run at `now` sends a pulse out: the first in each stretch of `PULSE_MS`. */
export function pulseDue(former_well_at: number | null, now: number): boolean {
  return former_well_at === null || Math.floor(former_well_at / PULSE_MS) < Math.floor(now / PULSE_MS);
}

/** Where a cron's pulse goes: `{cron}` in the address is its name. Null where the address is none, or is not https outside this machine. */
export function pulseUrl(template: string | undefined, name: CronName): string | null {
  if (template === undefined || template === '') return null;
  const text = template.replaceAll('{cron}', name);
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const here = ['localhost', '127.0.0.1'].includes(url.hostname);
  return url.protocol === 'https:' || (here && url.protocol === 'http:') ? url.href : null;
}
