import { fail } from './fail.ts';

/** A page's last key as an opaque cursor. */
export function cursorOf(key: string | number): string {
  return btoa(encodeURIComponent(String(key)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** The key behind a cursor; a text that is none is the client's fault (400). */
export function keyOfCursor(cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  try {
    return decodeURIComponent(atob(cursor.replaceAll('-', '+').replaceAll('_', '/')));
  } catch {
    return fail('malformed', 'the cursor is not one of ours', [
      { path: 'query.cursor', message: 'a next_cursor of a former page' },
    ]);
  }
}

/** A cursor over numbers (a booking order). */
export function numberOfCursor(cursor: string | undefined): number | null {
  const key = keyOfCursor(cursor);
  if (key === null) return null;
  const number = Number(key);
  return Number.isSafeInteger(number)
    ? number
    : fail('malformed', 'the cursor is not one of ours', [
        { path: 'query.cursor', message: 'a next_cursor of a former page' },
      ]);
}

/** Cuts one row too many off a page that was read with `limit + 1`, and says where the next begins. */
export function page<Row>(
  rows: readonly Row[],
  limit: number,
  key: (row: Row) => string | number,
): { data: Row[]; next_cursor: string | null } {
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return { data, next_cursor: rows.length > limit && last !== undefined ? cursorOf(key(last)) : null };
}
