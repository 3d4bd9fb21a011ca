import type { PartnerPatch } from '../partner/change-partner.ts';
import type { PartnerView } from '../partner/view.ts';
import { basisPoints, percentText } from './fields.ts';

/** What the form of a change says: every field as it is to be, empty where there is to be none. */
export interface ChangeForm {
  name?: string | undefined;
  email?: string | undefined;
  country?: string | undefined;
  rate?: string | undefined;
  paypal_email?: string | undefined;
  status?: PartnerView['status'] | undefined;
  reason: string;
  withhold_reason?: string | undefined;
}

export type ReadChange =
  | { ok: true; patch: PartnerPatch; says: string[] }
  | { ok: false; say: string; field: 'rate' | 'form' };

const rateText = (bps: number | null) => (bps === null ? 'the plan’s or the program’s' : `${percentText(bps)} %`);

/** What changes, out of a form that holds every field as it is to be, and that in words. What stays as it is, is not sent. */
export function readChange(view: PartnerView, form: ChangeForm): ReadChange {
  const rate_bps = form.rate === undefined ? null : basisPoints(form.rate);
  if (form.rate !== undefined && rate_bps === null)
    return { ok: false, field: 'rate', say: 'A percentage from 0 to 100, such as 25 or 12.5' };
  const patch: PartnerPatch = {};
  const says: string[] = [];
  const change = (name: string, from: string | null, to: string | null) =>
    says.push(`${name}: ${from ?? 'none'} → ${to ?? 'none'}.`);
  if (form.name !== undefined && form.name !== view.name) {
    patch.name = form.name;
    change('Name', view.name, form.name);
  }
  if (form.email !== undefined && form.email !== view.email) {
    patch.email = form.email;
    change('Email', view.email, form.email);
  }
  if (form.country !== undefined && form.country !== view.country) {
    patch.country = form.country;
    change('Country', view.country, form.country);
  }
  if (rate_bps !== view.rate_bps) {
    patch.rate_bps = rate_bps;
    change('Rate', rateText(view.rate_bps), `${rateText(rate_bps)}, for payments from now on`);
  }
  if ((form.paypal_email ?? null) !== view.paypal_email) {
    patch.paypal_email = form.paypal_email ?? null;
    change('PayPal address', view.paypal_email, form.paypal_email ?? null);
  }
  if (form.status !== undefined && form.status !== view.status) {
    patch.status = form.status;
    change('Status', view.status, form.status);
  }
  if (form.withhold_reason !== undefined) patch.withhold_reason = form.withhold_reason;
  if (Object.keys(patch).length === 0)
    return { ok: false, field: 'form', say: 'This is how it stands already; nothing would change.' };
  patch.reason = form.reason;
  return { ok: true, patch, says };
}

/** What a change of status decides of an application that waits, in a sentence; none where it decides nothing. */
export function applicationSays(from: PartnerView['status'], to: PartnerPatch['status']): string[] {
  if (from !== 'applied' || to === undefined || to === 'applied') return [];
  return to === 'active'
    ? ['This approves their application: they are mailed a link to set a password.']
    : ['This declines their application, by this reason, which nobody mails them.'];
}

/** What a change means for the money that is payable, in a sentence; `payable` as text. */
export function moneySays(patch: PartnerPatch, payable: string): string {
  if (patch.withhold_reason !== undefined)
    return `${payable} is payable to them now. It is withheld: closed, they are not paid it (P6).`;
  switch (patch.status) {
    case 'closed':
      return `${payable} is payable to them now. Closed, they earn nothing new, and the next Friday pays what has vested whatever the threshold (P6).`;
    case 'suspended':
      return `${payable} is payable to them now. While they are suspended nothing of it is paid, and it stays theirs (P6).`;
    case 'active':
      return `${payable} is payable to them now, and can be paid by the next Friday again.`;
    case 'applied':
    case undefined:
      return `${payable} is payable to them now.`;
  }
}
