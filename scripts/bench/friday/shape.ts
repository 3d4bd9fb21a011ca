/** How the lines of a program lie: how many partners, and what each has. */
export interface Shape {
  name: 'even' | 'skewed';
  partners: number;
  /** How many times the usual of past, paid lines. */
  past: number;
}

/** The pay day that is measured, a Friday, with the instant of its cron and the end of the week that it pays. */
export const FRIDAY = { pay_date: '2026-11-20', cron: '0 17 * * FRI', run_at: Date.UTC(2026, 10, 20, 17) } as const;

/** Lines due on the measured Friday, of the partner with this number. Both shapes come to four a partner on the whole. */
export const DUE = {
  /** The worst that 200,000 lines of 50,000 partners can be: nobody has more than four, and everybody is paid. */
  even: '4',
  /** A tenth of the partners brings half of the clients; the others stay below the threshold. */
  skewed: 'iif(p % 10 = 0, 22, 2)',
} as const;

/** The usual lines of a partner for each that is due: five in all, of which 3.25 vest later. */
export const LINES_PER_DUE = 5;
