import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core';

// The auth library names its fields in camel case and its instants are dates; the columns are the house's.
const at = (name: string) => integer(name, { mode: 'timestamp_ms' });

/** People who may sign in. */
export const authUsers = sqliteTable('auth_users', {
  id: text().primaryKey(),
  email: text().notNull().unique(),
  emailVerified: integer('email_verified', { mode: 'boolean' }).notNull(),
  name: text().notNull(),
  image: text(),
  twoFactorEnabled: integer('two_factor_enabled', { mode: 'boolean' }),
  role: text({ enum: ['partner', 'operator'] }).notNull(),
  partnerId: text('partner_id').unique(),
  operatorName: text('operator_name').unique(),
  createdAt: at('created_at').notNull(),
  updatedAt: at('updated_at').notNull(),
});

export const authSessions = sqliteTable('auth_sessions', {
  id: text().primaryKey(),
  token: text().notNull().unique(),
  userId: text('user_id').notNull(),
  expiresAt: at('expires_at').notNull(),
  ipAddress: text('ip_address'),
  userAgent: text('user_agent'),
  createdAt: at('created_at').notNull(),
  updatedAt: at('updated_at').notNull(),
});

export const authAccounts = sqliteTable('auth_accounts', {
  id: text().primaryKey(),
  accountId: text('account_id').notNull(),
  providerId: text('provider_id').notNull(),
  userId: text('user_id').notNull(),
  accessToken: text('access_token'),
  refreshToken: text('refresh_token'),
  idToken: text('id_token'),
  accessTokenExpiresAt: at('access_token_expires_at'),
  refreshTokenExpiresAt: at('refresh_token_expires_at'),
  scope: text(),
  password: text(),
  createdAt: at('created_at').notNull(),
  updatedAt: at('updated_at').notNull(),
});

export const authVerifications = sqliteTable('auth_verifications', {
  id: text().primaryKey(),
  identifier: text().notNull(),
  value: text().notNull(),
  expiresAt: at('expires_at').notNull(),
  createdAt: at('created_at').notNull(),
  updatedAt: at('updated_at').notNull(),
});

export const authTwoFactors = sqliteTable('auth_two_factors', {
  id: text().primaryKey(),
  userId: text('user_id').notNull().unique(),
  secret: text().notNull(),
  backupCodes: text('backup_codes').notNull(),
  verified: integer({ mode: 'boolean' }),
  failedVerificationCount: integer('failed_verification_count'),
  lockedUntil: at('locked_until'),
});

/** Failed guesses by key and window. */
export const guesses = sqliteTable(
  'guesses',
  { key: text().notNull(), window_at: integer().notNull(), count: integer().notNull() },
  (t) => [primaryKey({ columns: [t.key, t.window_at] })],
);

/** Codes of a second factor that opened already. */
export const usedCodes = sqliteTable(
  'used_codes',
  { user_id: text().notNull(), code_hash: text().notNull(), used_at: integer().notNull() },
  (t) => [primaryKey({ columns: [t.user_id, t.code_hash] })],
);
