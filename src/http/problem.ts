/** Every code a problem can carry, with its status and title: the closed list of docs/errors.md. */
export const PROBLEMS = {
  malformed: [400, 'The request is malformed'],
  bad_clock: [400, 'X-Clock is not an RFC 3339 instant'],
  unauthorized: [401, 'A valid bearer credential is needed'],
  forbidden: [403, 'This credential may not do that'],
  origin_not_allowed: [403, 'This origin is not allowed'],
  not_found: [404, 'There is no such thing'],
  method_not_allowed: [405, 'This path does not take that method'],
  conflict: [409, 'The same id was sent before with other content'],
  already_decided: [409, 'This has been decided already'],
  account_held: [409, 'A hold, or a question to the client, waits for an answer first'],
  code_taken: [409, 'This code is taken'],
  batch_state: [409, 'The batch is not in a state for that'],
  other_rail: [409, 'The batch was frozen for another rail'],
  too_large: [413, 'The body is too large'],
  unsupported_media_type: [415, 'This content type is not understood here'],
  invalid: [422, 'The request is well-formed but not acceptable'],
  refund_too_large: [422, 'More would be refunded than was paid'],
  destination_not_allowed: [422, 'The destination is not on an allowed origin'],
  scope_too_long: [422, 'This scope is granted for a shorter time only'],
  retroactive: [422, 'This cannot take effect in the past'],
  fixed_for_life: [422, 'This is the program’s for life'],
  rate_limited: [429, 'Too many requests'],
  internal: [500, 'Something went wrong here'],
  busy: [503, 'Too many writes at once, try again'],
  misconfigured: [503, 'The program is not configured'],
  unavailable: [503, 'A part of the program does not answer, try again'],
} as const satisfies Record<string, readonly [number, string]>;

/** A code of the closed list. */
export type ProblemCode = keyof typeof PROBLEMS;

/** One fault of the input: where it is (`body.amount`, `query.limit`) and what is wrong, without the value. */
export interface FieldError {
  path: string;
  message: string;
}

/** The status of a code. */
export type StatusOf<Code extends ProblemCode> = (typeof PROBLEMS)[Code][0];

/** RFC 9457 body of a problem. `detail` never holds SQL, values sent, names or addresses. */
export function problemBody(code: ProblemCode, detail?: string, errors?: readonly FieldError[]) {
  const [status, title] = PROBLEMS[code];
  return {
    type: `urn:lastclick:problem:${code}`,
    title,
    status,
    code,
    detail: detail ?? title,
    ...(errors ? { errors: [...errors] } : {}),
  };
}

/** A whole problem+json answer. */
export function problemResponse(
  code: ProblemCode,
  detail?: string,
  errors?: readonly FieldError[],
  headers: Record<string, string> = {},
): Response {
  const body = problemBody(code, detail, errors);
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  });
}
