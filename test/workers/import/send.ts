import { env } from 'cloudflare:workers';

import { createApi } from '../../../src/http/api.ts';
import type { ProgramEnv } from '../../../src/http/env.ts';
import { operatorKeys } from '../../support/local.ts';

const app = createApi();

/** A line of an import's answer. */
export interface Line {
  row: number;
  id: string | null;
  verdict: string;
  code?: string;
  fields?: string[];
}
export interface Summary {
  import_id: string | null;
  rows: number;
  created: number;
  parked: number;
  unchanged: number;
  refused: number;
  due_total?: number;
  next: number | null;
  stopped?: string;
}

/** Sends a file to an import as an operator; the answer's lines and its last one, or a problem. */
export async function sendFile(
  kind: string,
  file: string,
  options: { query?: string; type?: string; at?: string; key?: string; env?: Partial<ProgramEnv> } = {},
): Promise<{ status: number; lines: Line[]; summary: Summary; body: Record<string, unknown> }> {
  const response = await app.request(
    `http://localhost/v1/${kind}/import${options.query === undefined ? '' : `?${options.query}`}`,
    {
      method: 'POST',
      headers: {
        authorization: `Bearer ${options.key ?? operatorKeys.ana}`,
        'content-type': options.type ?? 'text/csv',
        ...(options.at === undefined ? {} : { 'x-clock': options.at }),
      },
      body: file,
    },
    { ...(env as unknown as ProgramEnv), ...options.env },
  );
  const text = new TextDecoder().decode(await response.arrayBuffer());
  if (response.status !== 200)
    return { status: response.status, lines: [], summary: {} as Summary, body: JSON.parse(text) };
  const all = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  return { status: 200, lines: all.slice(0, -1), summary: all.at(-1), body: {} };
}

/** Rows as CSV, their columns from the first one's fields. */
export function csv(rows: readonly Record<string, string | number>[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cell = (value: string | number | undefined) => {
    const text = value === undefined ? '' : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.join(','), ...rows.map((row) => columns.map((column) => cell(row[column])).join(','))].join('\n');
}
