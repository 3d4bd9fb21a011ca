import type { links } from './partner.schema.ts';

export type LinkRow = typeof links.$inferSelect;

/** A link as its partner and operators see it. */
export interface LinkView {
  code: string;
  destination: string;
  label: string | null;
  url: string;
  retired: boolean;
}

/** The form in which codes are one: regardless of case. */
export function plainCode(code: string): string {
  return code.toLowerCase();
}

/** A link about to be kept; `code` as it will be shown. */
export function linkRow(link: {
  code: string;
  partner_id: string;
  destination: string;
  label: string | null;
  recorded_at: number;
}): LinkRow {
  const { code, ...rest } = link;
  return { ...rest, code: plainCode(code), shown_code: code };
}

/** The address that visitors follow. */
export function linkUrl(public_url: string, shown_code: string): string {
  return `${public_url}/r/${shown_code}`;
}

/** A link with its state, as answered. */
export function linkView(
  public_url: string,
  link: Pick<LinkRow, 'shown_code' | 'destination' | 'label'>,
  retired: boolean,
): LinkView {
  return {
    code: link.shown_code,
    destination: link.destination,
    label: link.label,
    url: linkUrl(public_url, link.shown_code),
    retired,
  };
}

/** Whether a link may lead there: http(s), on an allowed origin, without credentials. */
export function destinationAllowed(destination: string, origins: readonly string[]): boolean {
  if (/[\s\\\p{Cc}]/u.test(destination) || !URL.canParse(destination)) return false;
  const url = new URL(destination);
  const web = url.protocol === 'https:' || url.protocol === 'http:';
  return web && url.username === '' && url.password === '' && origins.includes(url.origin);
}
