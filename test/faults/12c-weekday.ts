import type { Mutation } from './mutation.ts';

export default {
  fault: '12c',
  says: 'Weekday numbers off by one, in the calendar.',
  edits: [
    {
      file: 'src/calendar/week.rules.ts',
      find: '(weekdayOf(day) - (WEEKDAYS.indexOf(weekday) + 1) + 7) % 7',
      replace: '(weekdayOf(day) - WEEKDAYS.indexOf(weekday) + 7) % 7',
    },
  ],
  caught_by: {
    project: 'core',
    file: 'test/core/calendar/week.test.ts',
    name: 'P1: for Friday 2026-11-20 the week is 8–14 November',
  },
} satisfies Mutation;
