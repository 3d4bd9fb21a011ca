import type { ProgramEnv } from '../http/env.ts';
import { errorNames, logLine } from '../log.ts';
import { sendMail } from './run.ts';

/** Sends what mail is due once the answer is out, for who waits at the screen for it; the cron sends it otherwise. */
export function sendMailSoon(c: {
  env: ProgramEnv;
  executionCtx: { waitUntil(work: Promise<unknown>): void };
  var: { now: number; request_id: string };
}): void {
  let wait: (work: Promise<unknown>) => void;
  try {
    const { executionCtx } = c;
    wait = (sending) => executionCtx.waitUntil(sending);
  } catch {
    // Called without a runtime that waits: the cron sends it.
    return;
  }
  wait(
    sendMail(c.env, c.var.now).catch((error: unknown) => {
      logLine('mail_run_failed', { request_id: c.var.request_id, error: errorNames(error) });
    }),
  );
}
