import { defineConfig } from 'drizzle-kit';

/**
 * Migrations are written by hand (`migrations/`): drizzle-kit serves `check` and `studio` only. For studio on the
 * deployed books set CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_DATABASE_ID and CLOUDFLARE_D1_TOKEN.
 */
export default defineConfig({
  dialect: 'sqlite',
  driver: 'd1-http',
  schema: './src/**/*.schema.ts',
  out: './.local/drizzle',
  dbCredentials: {
    accountId: process.env['CLOUDFLARE_ACCOUNT_ID'] ?? '',
    databaseId: process.env['CLOUDFLARE_DATABASE_ID'] ?? '',
    token: process.env['CLOUDFLARE_D1_TOKEN'] ?? '',
  },
});
