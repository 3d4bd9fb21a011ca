import type { z } from '@hono/zod-openapi';

import { fail } from './fail.ts';
import type { ProblemCode } from './problem.ts';
import { Problem } from './schema.ts';

/** A JSON answer of a route's document. */
export function jsonAnswer<T extends z.ZodType>(schema: T, description: string) {
  return { content: { 'application/json': { schema } }, description } as const;
}

/** A JSON body of a route's document; always needed. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return { content: { 'application/json': { schema } }, required: true } as const;
}

const problem = (description: string) => ({
  content: { 'application/problem+json': { schema: Problem } },
  description,
});

/** The problems that any route may answer with. */
export const PROBLEM_ANSWERS = {
  400: problem('malformed: the request does not have the form documented here'),
  401: problem('unauthorized'),
  403: problem('forbidden'),
  404: problem('not_found'),
  409: problem('conflict, or the thing is not in a state for that'),
  413: problem('too_large'),
  415: problem('unsupported_media_type'),
  422: problem('invalid: well-formed, but not acceptable'),
  429: problem('rate_limited'),
  503: problem('busy, misconfigured or unavailable: try again'),
} as const;

/** The answer to a failed decision, by an exhaustive map from its reasons to public codes. */
export function failed<Reason extends string>(
  codes: Record<Reason, ProblemCode>,
  reason: Reason,
  detail?: string,
): never {
  return fail(codes[reason], detail);
}
