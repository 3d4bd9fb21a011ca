/** What guesses are counted of. */
export type Guessed = 'address' | 'network' | 'second_factor' | 'password_mail' | 'own_password';

const MINUTE_MS = 60_000;
/** Failed guesses are counted in windows of this length. */
export const WINDOW_MS = 15 * MINUTE_MS;

/**
 * How many a window bears. A network may be a whole office; mails about a password go to one address; `own_password`: somebody who has signed
 * in is asked for their password again.
 */
export const LIMITS: Readonly<Record<Guessed, number>> = {
  address: 10,
  network: 100,
  second_factor: 10,
  password_mail: 5,
  own_password: 10,
};

/** The window of an instant, and the one before it: a limit is never doubled by waiting for the next window. */
export function windowsOf(machine_now: number): readonly [number, number] {
  const window_at = machine_now - (machine_now % WINDOW_MS);
  return [window_at, window_at - WINDOW_MS];
}

/** Whether another guess is refused, by the counts of the present window and the former one, the former weighed by what is left of it. */
export function isThrottled(
  guessed: Guessed,
  counts: { present: number; former: number },
  machine_now: number,
): boolean {
  const left_ms = WINDOW_MS - (machine_now % WINDOW_MS);
  return counts.present * WINDOW_MS + counts.former * left_ms >= LIMITS[guessed] * WINDOW_MS;
}
