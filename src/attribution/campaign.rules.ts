/** What a link may carry besides its code: the partner's own sub-id, and the campaign in the usual three parameters. */
export interface Campaign {
  sub_id?: string | undefined;
  utm_source?: string | undefined;
  utm_medium?: string | undefined;
  utm_campaign?: string | undefined;
}

const SUB_ID = /^[A-Za-z0-9_.-]{1,64}$/;
const MOST_LETTERS = 100;
const UTM = ['utm_source', 'utm_medium', 'utm_campaign'] as const;

/** The campaign in a query, the first of each name. What has no such form is left out; longer texts are cut to 100 letters. */
export function campaignOf(search: string): Campaign {
  if (!search.includes('sub=') && !search.includes('utm_')) return {};
  const query = new URLSearchParams(search);
  const campaign: Campaign = {};
  const sub_id = query.get('sub');
  if (sub_id !== null && SUB_ID.test(sub_id)) campaign.sub_id = sub_id;
  for (const name of UTM) {
    const text = query.get(name)?.trim() ?? '';
    if (isPlain(text)) campaign[name] = text.length > MOST_LETTERS ? cut(text) : text;
  }
  return campaign;
}

/**
 * Whether a text has no line ends or other controls, no halves of a letter, and no `@`, however often it was encoded: an email address in a
 * link is not to become a row.
 * Letter by letter: a pattern that names Unicode's classes has their tables read as soon as its module is.
 */
function isPlain(text: string): boolean {
  if (text === '' || text.includes('@') || !text.isWellFormed()) return false;
  if (text.includes('%') && text.replaceAll('25', '').includes('%40')) return false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x20 || (unit >= 0x7f && unit < 0xa0)) return false;
  }
  return true;
}

/** By letters, not by units: a letter is never cut in two. */
function cut(text: string): string {
  return Array.from(text).slice(0, MOST_LETTERS).join('');
}
