import 'vitest';

declare module 'vitest' {
  /** What scripts ask of the tests that they run; left out where `npm test` runs them. */
  interface ProvidedContext {
    /** `npm run simulate`: these worlds, so many weeks each. */
    simulation?: { seeds: number[]; weeks: number };
    /** `npm run simulate:stripe`: the long ones, with a day of so many events. */
    stripe_events?: number;
    /** `npm run simulate:stripe`: so many events through restarts of workerd. */
    stripe_restarts?: number;
  }
}
