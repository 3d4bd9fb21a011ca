import { dayOf } from '../calendar/zone.rules.ts';
import { CLAUSES, type Clause } from '../policy/clauses.ts';

/** A plain, dated letter. The same words go by API, page and mail. */
export interface Letter {
  /** The program day it is dated. */
  dated_on: string;
  subject: string;
  paragraphs: readonly string[];
  /** What is to be opened, where something is. */
  link?: { url: string; label: string };
  /** The clauses it rests on, in the order in which it names them. */
  clauses: readonly Clause[];
}

/** Whose letter it is, and when it is written. */
export interface Letterhead {
  program_name: string;
  timezone: string;
  /** The instant of what it tells; epoch ms. */
  dated_at: number;
}

const MONTHS = 'January February March April May June July August September October November December'.split(' ');

/** A program day as people write it: `20 November 2026`. */
export function longDay(day: string): string {
  const [year = '', month = '', date = ''] = day.split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1] ?? month} ${year}`;
}

/** A month `YYYY-MM` as people write it: `November 2026`. */
export function longMonth(month: string): string {
  const [year = '', number = ''] = month.split('-');
  return `${MONTHS[Number(number) - 1] ?? number} ${year}`;
}

/** The program day of an instant, as people write it. */
export function dayText(at: number, timezone: string): string {
  return longDay(dayOf(at, timezone));
}

/** `1 day`, `30 days`. */
export function daysText(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}

/** A letter under a head. */
export function writeLetter(head: Letterhead, letter: Omit<Letter, 'dated_on'>): Letter {
  return { dated_on: dayOf(head.dated_at, head.timezone), ...letter };
}

/** A clause with its sentence. */
export interface Cited {
  clause: Clause;
  says: string;
}

/** The clauses of a letter with their sentences. */
export function citedIn(letter: Letter): Cited[] {
  return letter.clauses.map((clause) => ({ clause, says: CLAUSES[clause] }));
}

/** A letter as plain text. */
export function letterText(letter: Letter, program_name: string): string {
  const rules = citedIn(letter).map(({ clause, says }) => `  ${clause}: ${says}`);
  return [
    longDay(letter.dated_on),
    ...letter.paragraphs,
    ...(letter.link ? [`${letter.link.label}:\n${letter.link.url}`] : []),
    ...(rules.length > 0 ? [['The rules this rests on', ...rules].join('\n')] : []),
    program_name,
  ]
    .join('\n\n')
    .concat('\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it stands in HTML, also within a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}

/** A letter as an HTML document in the words of `letterText`; no picture, no script, nothing fetched. */
export function letterHtml(letter: Letter, program_name: string): string {
  const rules = citedIn(letter).map(({ clause, says }) => `<li><strong>${clause}</strong>: ${escapeHtml(says)}</li>`);
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">`,
    `<title>${escapeHtml(letter.subject)}</title></head>`,
    '<body style="font-family:system-ui,sans-serif;font-size:16px;line-height:1.5;max-width:36em;margin:1.5em auto;padding:0 1em">',
    `<p>${longDay(letter.dated_on)}</p>`,
    `<h1 style="font-size:1.25em">${escapeHtml(letter.subject)}</h1>`,
    ...letter.paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph)}</p>`),
    ...(letter.link ? [`<p><a href="${escapeHtml(letter.link.url)}">${escapeHtml(letter.link.label)}</a></p>`] : []),
    ...(rules.length > 0 ? ['<p>The rules this rests on</p>', '<ul>', ...rules, '</ul>'] : []),
    `<p>${escapeHtml(program_name)}</p>`,
    '</body></html>',
    '',
  ].join('\n');
}
