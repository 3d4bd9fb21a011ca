import { defineConfig } from 'vitest/config';

/** The tests that `npm run mutation` measures: pure rules on plain node. Whatever starts another program or reads the tree is left out. */
export default defineConfig({
  test: {
    name: 'core',
    environment: 'node',
    include: ['test/core/*/**/*.test.ts'],
    exclude: ['test/core/{scripts,http,statement}/**', '**/tracker-imports.test.ts', '**/types.test.ts'],
  },
});
