export type { ProgramEnv } from '../../src/http/env.ts';
