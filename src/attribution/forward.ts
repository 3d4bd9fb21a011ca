import { problemResponse } from '../http/problem.ts';
import { errorNames, logLine } from '../log.ts';

/** Hands a request on to the house as it is. A house that does not answer is a problem the caller can read: writes are keyed, try again. */
export async function forward(request: Request, program: Fetcher): Promise<Response> {
  try {
    return await program.fetch(request);
  } catch (error) {
    logLine('program_failed', { error: errorNames(error) });
    return problemResponse('unavailable');
  }
}
