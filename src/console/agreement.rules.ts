import { formatInstant } from '../clock.ts';
import type { OpenProposal } from './proposals.repo.ts';

/** Where a second person says the same, and the fields that say it. */
export interface Agreement {
  action: string;
  fields: Readonly<Record<string, string>>;
}

type Content = Readonly<Record<string, unknown>>;

function texts(content: Content, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = content[name];
      return value === undefined || value === null ? [] : [[name, String(value)]];
    }),
  );
}

const BY_OPERATION: Readonly<Record<string, (id: string, content: Content) => Agreement>> = {
  'payouts.approve': (id, content) => ({
    action: `/console/batches/${id}/approval`,
    fields: texts(content, ['manifest_sha256']),
  }),
  'payouts.resolve': (id, content) => ({
    action: `/console/payouts/${id}/resolution`,
    fields: texts(content, ['outcome', 'reason', 'reference']),
  }),
  'payouts.adopt': (id, content) => ({
    action: `/console/batches/${id}/chunks/${String(content['chunk'])}/adoption`,
    fields: texts(content, ['payout_batch_id']),
  }),
  'payouts.replay': (id) => ({ action: `/console/batches/${id}/replay`, fields: {} }),
  'operators.add': (_, content) => ({ action: '/console/operators/new', fields: texts(content, ['name', 'email']) }),
  'operators.remove': (id) => ({ action: `/console/operators/${id}/removal`, fields: {} }),
  'accounts.overrule': (id, content) => ({
    action: `/console/accounts/${encodeURIComponent(id)}/exception`,
    fields: {
      ...texts(content, ['clause', 'partner_id', 'reason']),
      ...(typeof content['earns_from'] === 'number' ? { earns_from: formatInstant(content['earns_from']) } : {}),
    },
  }),
};

/** How another person agrees to a proposal: the same operation, said once more. Null where what it says is not kept. */
export function agreementTo({
  operation,
  subject,
  content,
}: Pick<OpenProposal, 'operation' | 'subject' | 'content'>): Agreement | null {
  const agree = BY_OPERATION[operation];
  if (!agree || content === null) return null;
  return agree(subject.slice(subject.indexOf(':') + 1), JSON.parse(content) as Content);
}
