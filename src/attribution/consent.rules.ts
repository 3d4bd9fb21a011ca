/** The parameter in which a redirect hands on a click that may not be kept yet. `/lastclick.js` reads it. */
export const PENDING_PARAM = 'lastclick_pending';

/** How long after its click a visitor's yes still brings it in: the banner of the page that the link led to, not one of another week. */
const PENDING_LIFETIME_MS = 3_600_000;

/** What a program asks of its visitors before anything is kept with them. */
export interface ConsentSettings {
  consent: 'none' | 'required';
  /** The site's own cookie that says yes; null where there is none. */
  consent_cookie: { name: string; value: string } | null;
  honour_gpc: boolean;
}

/** The variables that say so. */
export interface ConsentVars {
  CONSENT?: string;
  CONSENT_COOKIE?: string;
  HONOUR_GPC?: string;
}

/** The settings out of variables that their door has checked. */
export function consentSettings(vars: ConsentVars): ConsentSettings {
  return {
    consent: vars.CONSENT === 'required' ? 'required' : 'none',
    consent_cookie: readCookieSignal(vars.CONSENT_COOKIE) ?? null,
    honour_gpc: vars.HONOUR_GPC === 'on',
  };
}

/** Whether the click of a pending token can still be brought in. */
export function isPending(clicked_at: number, now: number): boolean {
  return now - clicked_at <= PENDING_LIFETIME_MS;
}

/** A URL with a parameter more at the end of its query; the rest stays as it is spelt. */
export function withParameter(location: string, name: string, value: string): string {
  const url = new URL(location);
  url.search = `${url.search}${url.search === '' ? '?' : '&'}${name}=${value}`;
  return url.href;
}

/** Reads `name=value` of a cookie; null where it is none, undefined where there is nothing to read. */
export function readCookieSignal(text: string | undefined): ConsentSettings['consent_cookie'] | undefined {
  if (!text) return undefined;
  const match = /^([A-Za-z0-9!#$%&'*+.^_`|~-]{1,100})=([\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,200})$/.exec(text);
  return match ? { name: match[1] ?? '', value: match[2] ?? '' } : null;
}
