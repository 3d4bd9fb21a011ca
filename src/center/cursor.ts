import { keyOfCursor } from '../http/cursor.ts';

/** The key behind a page's cursor; a text that is none begins the list anew. */
export function keyAt(cursor: string | undefined): string | null {
  try {
    return keyOfCursor(cursor);
  } catch {
    return null;
  }
}

/** The number behind a page's cursor; a text that is none begins the list anew. */
export function numberAt(cursor: string | undefined): number | null {
  const key = keyAt(cursor);
  return key !== null && /^-?\d{1,15}$/.test(key) ? Number(key) : null;
}
