import { env } from 'cloudflare:workers';

import { deliverMail, type Delivered } from '../../../src/mail/deliver.ts';
import { books } from '../../support/world.ts';

/** A mail as it was handed over. */
export interface Sent {
  to: string;
  from: { name: string; email: string };
  subject: string;
  text: string;
  html: string;
}

/** An Email Service that keeps what it is given; `failing` says what it throws instead, mail by mail. */
export class Post {
  readonly sent: Sent[] = [];
  failing: (mail: Sent) => unknown = () => null;
  public_url = env.PUBLIC_URL;

  async send(mail: unknown): Promise<EmailSendResult> {
    const error = this.failing(mail as Sent);
    if (error !== null) throw error;
    this.sent.push(mail as Sent);
    return { messageId: `<${this.sent.length}@test>` };
  }

  /** Runs the delivery that is due at an instant. */
  run(at: string): Promise<Delivered> {
    return deliverMail({
      books: books(),
      env,
      email: this as unknown as SendEmail,
      program_name: 'Lastclick',
      public_url: this.public_url,
      mail_from: env.MAIL_FROM,
      auth_secret: env.AUTH_SECRET,
      now: Date.parse(at),
    });
  }

  to(address: string): Sent[] {
    return this.sent.filter((mail) => mail.to === address);
  }

  /** What was sent, but for the news of tokens that a test had issued to ask with. */
  get news(): Sent[] {
    return this.sent.filter((mail) => mail.subject !== 'An API token was issued for you');
  }
}

/** An error of the Email Service. */
export function refusal(code: string): Error {
  return Object.assign(new Error('jane@client.example could not be written to'), { code });
}

/** The path of the confirmation page in a mail. */
export function linkIn(mail: Sent | undefined): string {
  const [url = ''] = /https?:\/\/\S+\/confirm\/\S+/.exec(mail?.text ?? '') ?? [];
  return url === '' ? '' : new URL(url).pathname;
}

/** A row of the outbox. */
export interface OutboxRow {
  mail_id: string;
  kind: string;
  status: string;
  tries: number;
  reason: string | null;
  send_after_at: number;
  sent_at: number | null;
}

export async function outbox(kind?: string): Promise<OutboxRow[]> {
  const { results } = await env.BOOKS.prepare('SELECT * FROM mail_outbox ORDER BY queued_at, mail_id').all<OutboxRow>();
  return results.filter((row) => kind === undefined || row.kind === kind);
}
