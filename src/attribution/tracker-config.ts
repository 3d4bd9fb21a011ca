import type { ClockEnv } from '../clock.ts';
import type { Checked } from '../program/config.rules.ts';
import { consentSettings, readCookieSignal, type ConsentSettings, type ConsentVars } from './consent.rules.ts';
import { locationOf } from './redirect.rules.ts';
import { signingKeys } from './token.ts';
import type { CookieSettings } from './visitor.ts';
import { webUrl, type WebUrl } from './web-url.ts';

/** The vars and secrets that the front door is given. */
export interface TrackerVars extends ClockEnv, ConsentVars {
  HOME_URL: string;
  PUBLIC_URL: string;
  COOKIE_DOMAIN?: string;
  SIGNUP_ORIGINS: string;
  COST_HEADERS: string;
  CLICK_LOG?: string;
  /** The clicks database, where it is bound. */
  CLICKS?: object;
  PASS_THROUGH?: string;
  REF_PARAM?: string;
  COOKIE_KEYS: string;
}

/** The front door's configuration, parsed. */
export interface TrackerConfig extends CookieSettings, ConsentSettings {
  home_url: string;
  signup_origins: ReadonlySet<string>;
  cost_headers: boolean;
}

// Names under which anybody may register. The whole list of public suffixes is larger than the front door; these are where sites live.
const SHARED =
  ' workers.dev pages.dev github.io gitlab.io netlify.app vercel.app herokuapp.com web.app firebaseapp.com appspot.com fly.dev onrender.com myshopify.com blogspot.com azurewebsites.net cloudfront.net trycloudflare.com ngrok.io ngrok-free.app ';
const SECOND_LEVEL = ' ac co com edu gob gov go ltd me mil ne net nom or org plc sch ';
// Countries under whose names the world registers directly: there `go` or `me` is somebody's own.
const WORLDWIDE = ' ai cc co fm gg io ly me sh so to tv ';

/** Whether a name stands in a list of names between blanks. */
const isIn = (list: string, name: string): boolean => list.includes(` ${name} `);

/** The part of a host name that its owner registered: `example.co.uk` of `www.example.co.uk`. */
function registeredName(host: string): string {
  const labels = host.split('.');
  if (host.startsWith('[') || /^[\d.]+$/.test(host) || labels.length < 3) return host;
  const [name = '', top = ''] = labels.slice(-2);
  const shared =
    isIn(SHARED, `${name}.${top}`) || (top.length === 2 && !isIn(WORLDWIDE, top) && isIn(SECOND_LEVEL, name));
  return labels.slice(shared ? -3 : -2).join('.');
}

type SiteUrl = Pick<WebUrl, 'protocol' | 'hostname'>;

/** Whether a browser takes two URLs for one site: the same scheme and the same registered name, ports aside. */
export function sameSite(a: SiteUrl, b: SiteUrl): boolean {
  if (a.protocol !== b.protocol) return false;
  return registeredName(a.hostname) === registeredName(b.hostname);
}

/** Whether a host is the domain or beneath it. */
function isUnder(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function urlErrors(vars: TrackerVars, public_url: WebUrl | null, origins: readonly (WebUrl | null)[]): string[] {
  const errors: string[] = [];
  if (!webUrl(vars.HOME_URL)) errors.push('HOME_URL is not an absolute URL');
  if (!public_url) return [...errors, 'PUBLIC_URL is not an absolute URL'];
  if (vars.ENVIRONMENT === 'production' && public_url.protocol !== 'https:') errors.push('PUBLIC_URL is not https');
  const domain = vars.COOKIE_DOMAIN;
  if (domain && !/^[a-z0-9-]+(?:\.[a-z0-9-]+)*$/.test(domain))
    errors.push('COOKIE_DOMAIN is not a domain name in lower case');
  else if (domain && !isUnder(public_url.hostname, domain)) errors.push('PUBLIC_URL is not under COOKIE_DOMAIN');
  if (origins.length === 0 || origins.includes(null))
    errors.push('SIGNUP_ORIGINS is not a comma-separated list of origins');
  else if (origins.some((origin) => origin && !sameSite(origin, public_url)))
    errors.push('PUBLIC_URL is not same-site with SIGNUP_ORIGINS');
  return errors;
}

/** Whether each site in front of which the tracker stands shares the cookie's domain with the front door, and is not the front door. */
function siteErrors(vars: TrackerVars, public_url: WebUrl | null, origins: readonly (WebUrl | null)[]): string[] {
  if (vars.PASS_THROUGH !== 'on') return [];
  const { COOKIE_DOMAIN: domain } = vars;
  if (!domain || origins.some((origin) => origin && !isUnder(origin.hostname, domain)))
    return ['PASS_THROUGH=on needs a COOKIE_DOMAIN that SIGNUP_ORIGINS are under'];
  return origins.some((origin) => origin?.host === public_url?.host)
    ? ['PASS_THROUGH=on needs a PUBLIC_URL of its own, apart from SIGNUP_ORIGINS']
    : [];
}

/** Faults of the settings that have few values. */
function settingErrors(vars: TrackerVars): string[] {
  const errors: string[] = [];
  const among = (name: 'CLICK_LOG' | 'PASS_THROUGH' | 'CONSENT' | 'HONOUR_GPC', ...values: string[]): void => {
    if (!values.includes(vars[name] ?? values[0] ?? '')) errors.push(`${name} is ${values.join(' or ')}`);
  };
  among('CLICK_LOG', 'queue', 'database');
  if (vars.CLICK_LOG === 'database' && !vars.CLICKS) errors.push('CLICK_LOG=database needs the binding CLICKS');
  among('PASS_THROUGH', 'off', 'on');
  among('CONSENT', 'none', 'required');
  among('HONOUR_GPC', 'off', 'on');
  if (vars.REF_PARAM && !/^[A-Za-z0-9_-]{1,32}$/.test(vars.REF_PARAM))
    errors.push('REF_PARAM is not 1 to 32 letters, digits, _ and -');
  if (readCookieSignal(vars.CONSENT_COOKIE) === null) errors.push('CONSENT_COOKIE is not name=value');
  return errors;
}

/** Checks what the front door is given. Errors name each variable that is missing or unreadable, never its value. */
export function checkTrackerConfig(vars: TrackerVars): Checked<TrackerConfig> {
  const errors: string[] = [];
  if (vars.ENVIRONMENT !== 'production' && vars.ENVIRONMENT !== 'local')
    errors.push('ENVIRONMENT is production or local');
  if (vars.CLOCK !== 'system' && vars.CLOCK !== 'header') errors.push('CLOCK is system or header');
  if (vars.CLOCK === 'header' && vars.ENVIRONMENT !== 'local')
    errors.push('CLOCK=header is for ENVIRONMENT=local only');
  const origins = (vars.SIGNUP_ORIGINS ?? '').split(',').map((part) => webUrl(part.trim()));
  const public_url = webUrl(vars.PUBLIC_URL);
  errors.push(
    ...urlErrors(vars, public_url, origins),
    ...siteErrors(vars, public_url, origins),
    ...settingErrors(vars),
  );
  const keys = signingKeys(vars.COOKIE_KEYS ?? '');
  if (!keys.ok) errors.push(keys.reason);
  const home_url = locationOf(vars.HOME_URL ?? '', null, '');
  if (errors.length > 0 || !keys.ok || home_url === null) return { ok: false, errors };
  return {
    ok: true,
    config: {
      home_url,
      cookie_name: vars.COOKIE_DOMAIN ? '__Secure-lastclick' : '__Host-lastclick',
      cookie_domain: vars.COOKIE_DOMAIN || null,
      cookie_keys: keys.keys,
      signup_origins: new Set(origins.flatMap((origin) => (origin ? [origin.origin] : []))),
      cost_headers: vars.COST_HEADERS === 'on',
      ...consentSettings(vars),
    },
  };
}
