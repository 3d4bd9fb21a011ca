import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

function migrated(database: string): DatabaseSync {
  const db = new DatabaseSync(':memory:');
  const folder = join(root, 'migrations', database);
  for (const file of readdirSync(folder).toSorted()) db.exec(readFileSync(join(folder, file), 'utf8'));
  return db;
}

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.schema.ts'),
);
const modules = await Promise.all(
  files.map((path) => import(join(root, 'src', path)) as Promise<Record<string, unknown>>),
);
const tables = modules.flatMap((module) =>
  Object.values(module).filter((value): value is SQLiteTable => is(value, SQLiteTable)),
);

interface ColumnInfo {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

describe('the migrated databases are what the program’s tables say', () => {
  const databases = [migrated('books'), migrated('clicks')];
  const names = databases.map((db) =>
    (db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as { name: string }[]).map(
      (row) => row.name,
    ),
  );

  it('the same tables', () => {
    expect(tables.map(getTableName).toSorted()).toEqual(names.flat().toSorted());
  });

  it.each(tables.map((table) => [getTableName(table), table] as const))(
    '%s: the same columns, types, keys',
    (name, table) => {
      const db = databases[names.findIndex((list) => list.includes(name))];
      const info = db?.prepare(`PRAGMA table_info("${name}")`).all() as unknown as ColumnInfo[];
      const composite = new Set(
        getTableConfig(table).primaryKeys.flatMap((key) => key.columns.map((column) => column.name)),
      );
      const ours = Object.values(getTableColumns(table)).map((column) => ({
        name: column.name,
        type: column.getSQLType().toUpperCase(),
        key: column.primary || composite.has(column.name),
        // SQLite leaves a single-column primary key of a rowid table nullable in name only.
        notNull: column.notNull || column.primary || composite.has(column.name),
      }));
      const theirs = info.map((column) => ({
        name: column.name,
        type: column.type,
        key: column.pk > 0,
        notNull: column.notnull === 1 || column.pk > 0,
      }));
      expect(ours).toEqual(theirs);
    },
  );

  it('every table is STRICT: an amount is an integer or refused', () => {
    const loose = databases.flatMap((db) =>
      db
        .prepare(
          "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite%'",
        )
        .all(),
    );
    expect(loose).toEqual([]);
  });
});
