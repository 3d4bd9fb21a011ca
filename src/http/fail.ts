import { HTTPException } from 'hono/http-exception';

import { problemResponse, type FieldError, type ProblemCode } from './problem.ts';

/** Ends a route with a problem of the closed list. Routes only: the core returns its failures as values. */
export function fail(code: ProblemCode, detail?: string, errors?: readonly FieldError[]): never {
  const res = problemResponse(code, detail, errors);
  throw new HTTPException(undefined, { res });
}
