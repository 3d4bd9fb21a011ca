import { longDay } from '../letter/letter.rules.ts';
import { Field, Notice } from '../pages/parts.tsx';
import type { Tally } from '../statistics/statistics.ts';
import type { Span } from './links.rules.ts';

/** Clicks and signups of a span. */
export interface LinkNumbers {
  span: Span;
  fault: string | null;
  /** The day up to which all clicks are counted; null: none of the span. */
  counted_through: string | null;
}

/** The page of a link. */
export function linkHref(code: string): string {
  return `/partners/links/${encodeURIComponent(code)}`;
}

/** Which days are shown, and up to which clicks are counted. */
export function SpanForm({ action, numbers }: { action: string; numbers: LinkNumbers }) {
  const { span, fault, counted_through } = numbers;
  return (
    <>
      {fault !== null && <Notice tone="bad">{fault}</Notice>}
      <form method="get" action={action}>
        <div class="row">
          <Field name="from" label="From" type="date" value={span.from} required={false} />
          <Field name="to" label="Up to" type="date" value={span.to} required={false} />
          <button type="submit">Show</button>
        </div>
      </form>
      <p class="soft">
        Days are those of UTC.{' '}
        {counted_through === null
          ? 'The clicks of these days have not been counted yet.'
          : `Clicks are counted up to ${longDay(counted_through)}.`}{' '}
        Only visits of persons can make a referral; bots and whatever else is no visit are told apart (L1).
      </p>
    </>
  );
}

/** Cells of clicks and signups, under `NUMBER_HEADS`. */
export function Numbers({ tally }: { tally: Tally }) {
  return (
    <>
      <td>{tally.persons}</td>
      <td>{tally.bots}</td>
      <td>{tally.others}</td>
      <td>{tally.signups}</td>
    </>
  );
}

/** Heads of `Numbers`. */
export const NUMBER_HEADS = ['Visits', 'Bots', 'Other', 'Sign-ups'];

/** `1 visit`, `2 visits`. */
function many(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Clicks and signups in a sentence's words. */
export function tallyText({ persons, bots, others, signups }: Tally): string {
  return `${many(persons, 'visit')}, ${bots} of bots, ${others} other, ${many(signups, 'sign-up')}.`;
}
