import type { Received } from '../expected/list.rules.ts';

/** What is told of a row, and no more (B1). */
export const RECEIVED_WORDS: Readonly<Record<Received, { word: string; tone: 'good' | 'warn' | 'bad' | 'plain' }>> = {
  received: { word: 'received', tone: 'good' },
  malformed: { word: 'malformed', tone: 'bad' },
  duplicate: { word: 'duplicate', tone: 'warn' },
};

const COLUMNS = ['email', 'name', 'company'];

/**
 * Pasted lines as a CSV list. Where the first line names the columns it is one already; else each line is an address, which a name and a
 * company may follow, and what is left out is empty.
 */
export function pastedCsv(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== '');
  const named = (lines[0] ?? '').split(',').some((cell) => cell.trim().toLowerCase() === 'email');
  if (named) return lines.join('\n');
  // Commas within quotes are counted too: such a line has cells enough by itself.
  const filled = lines.map((line) => {
    const commas = line.split(',').length - 1;
    return commas < COLUMNS.length - 1 ? line + ','.repeat(COLUMNS.length - 1 - commas) : line;
  });
  return [COLUMNS.join(','), ...filled].join('\n');
}

/** How a list stands: waiting to be looked at, accepted and counting, or accepted once. */
export function listState(
  list: { accepted_at: number | null; accepted_until: number | null },
  now: number,
): 'waiting' | 'accepted' | 'over' {
  if (list.accepted_at === null || list.accepted_until === null) return 'waiting';
  return now <= list.accepted_until ? 'accepted' : 'over';
}
