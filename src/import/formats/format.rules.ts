import type { Kind } from '../import.rules.ts';

/** Cells of one row by column name, as a former program wrote them; a column that is empty is left out. */
export type Cells = Readonly<Record<string, string>>;

/** How a cell becomes a field. */
export type As =
  | 'text'
  /** Decimals in the row's currency ("79.00"). */
  | 'money'
  /** An integer of minor units. */
  | 'minor'
  /** A date, with or without a time; without an offset it is UTC. */
  | 'instant'
  /** A percentage ("25", "12.5%") as basis points. */
  | 'percent'
  /** What is not a letter, digit, _ or - becomes -. */
  | 'id'
  /** ISO 4217 in any case. */
  | 'currency'
  /** ISO 3166-1 alpha-2 in any case. */
  | 'country';

/** A column, or the first of several that is not empty, has one of these values (lower case; '' for none). */
export interface Condition {
  column: string | readonly string[];
  is: readonly string[];
}

/** Where a field comes from: the first of these columns that is not empty. */
export interface FieldRule {
  from: readonly string[];
  as: As;
  /** What several columns make together, with a space between (first and last name). */
  together?: true;
  /** Left out where this column has another value. */
  when?: Condition;
  /** Where no column has a value. */
  otherwise?: string;
  /** What applies has to have a value: without one the row is refused, not taken for a row of another meaning. */
  needed?: true;
}

/** How rows of one export become rows of one kind. */
export interface Mapping {
  /** The first rule that finds something gives the field. `currency` also says how money is read; `uncounted` keeps it out of the body. */
  fields: Readonly<Record<string, readonly FieldRule[]>>;
  /** Columns one of which tells that the file is this export at all. */
  needs: readonly (readonly string[])[];
  /** Fields that are only read along, and are none of the body's. */
  uncounted?: readonly string[];
  /** Rows that are not imported: the column has one of these values. */
  skip?: Condition;
}

/** A former program: what its exports make of each kind, and the terms by which its commissions are compared. */
export interface Format {
  name: string;
  kinds: Partial<Record<Kind, Mapping>>;
  /** Its commissions, for the report of the differences. */
  commissions: Mapping;
}

/** Column names are one regardless of case, and of what stands between their words. */
export function columnName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '');
}

function present(cells: Cells, columns: readonly string[]): string[] {
  return columns.flatMap((column) => {
    const cell = Object.hasOwn(cells, column) ? cells[column]?.trim() : undefined;
    return cell ? [cell] : [];
  });
}

function matches(cells: Cells, { column, is }: Condition): boolean {
  return is.includes((present(cells, typeof column === 'string' ? [column] : column)[0] ?? '').toLowerCase());
}

/**
 * Decimals as minor units, by string arithmetic; null for what is no amount, or is finer than the minor unit. A comma stands between
 * thousands and nowhere else, and a dot never does: `12,50` is not read as 1250.
 */
export function minorUnits(text: string, digits: number): number | null {
  const bare = text.replaceAll(/[\s$€£]/g, '');
  const match = /^(-?)(\d{1,13}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d+))?$/.exec(bare);
  if (!match) return null;
  const [, sign = '', grouped = '', fraction = ''] = match;
  const whole = grouped.replaceAll(',', '');
  // `1.200` is twelve hundred to some, and one and a fifth to others.
  if (fraction.length === 3 && digits !== 3 && whole.length <= 3) return null;
  if (!/^0*$/.test(fraction.slice(digits))) return null;
  const amount = Number(whole + fraction.slice(0, digits).padEnd(digits, '0'));
  return Number.isSafeInteger(amount) ? (sign === '-' ? -amount : amount) : null;
}

const DATE = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}:\d{2})(:\d{2})?(\.\d+)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?$/i;

/** A date as RFC 3339; what it does not say is UTC, and midnight. Null for what is no date of that form. */
export function instantText(text: string): string | null {
  const match = DATE.exec(text);
  if (!match) return null;
  const [, year, month, day, time = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = match;
  const offset = /^(z|utc)$/i.test(zone) ? 'Z' : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2');
  return `${year}-${month}-${day}T${time}${seconds}${fraction}${offset}`;
}

function value(rule: FieldRule, cell: string, digits: number): string | number {
  switch (rule.as) {
    case 'money':
      return minorUnits(cell, digits) ?? cell;
    case 'minor':
      return /^-?\d{1,15}$/.test(cell) ? Number(cell) : cell;
    case 'percent':
      return minorUnits(cell.replace(/\s*%$/, ''), 2) ?? cell;
    case 'instant':
      return instantText(cell) ?? cell;
    case 'id':
      return cell.replaceAll(/[^A-Za-z0-9_-]+/g, '-').slice(0, 64);
    case 'currency':
    case 'country':
      return cell.toUpperCase();
    case 'text':
      return cell;
  }
}

function textOf(rule: FieldRule, cells: Cells): string | undefined {
  if (rule.when && !matches(cells, rule.when)) return undefined;
  const found = present(cells, rule.from);
  return (rule.together ? found.join(' ') : found[0]) || (rule.otherwise ?? (rule.needed ? '' : undefined));
}

/**
 * A row of a former program as a row of the plain format; `skipped` where there is nothing in it for us. What cannot be read stays as it
 * was written, so that the row is refused by its own schema. `digits` are the decimals of a currency.
 */
export function mapRow(
  mapping: Mapping,
  cells: Cells,
  digits: (currency: string) => number,
): { ok: true; body: Record<string, string | number> } | { ok: false; reason: 'skipped' } {
  if (mapping.skip && matches(cells, mapping.skip)) return { ok: false, reason: 'skipped' };
  const [currency = 'USD'] = (mapping.fields['currency'] ?? []).flatMap((rule) => textOf(rule, cells) ?? []);
  const body: Record<string, string | number> = {};
  for (const [field, rules] of Object.entries(mapping.fields)) {
    if (mapping.uncounted?.includes(field)) continue;
    for (const rule of rules) {
      const text = textOf(rule, cells);
      if (text === undefined) continue;
      body[field] = value(rule, text, digits(currency.toUpperCase()));
      break;
    }
  }
  return { ok: true, body };
}

/** Whether a header has what a mapping needs; the columns that are missing otherwise. */
export function missingColumns(mapping: Mapping, header: readonly string[]): string[] {
  return mapping.needs.flatMap((any) => (any.some((column) => header.includes(column)) ? [] : [any.join(' or ')]));
}
