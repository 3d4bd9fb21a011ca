import type { ConsentSettings } from './consent.rules.ts';
import { cookieValues, type CookieSettings } from './visitor.ts';

/** `yes`: the cookie may be read and set. `not_asked`: not before the visitor agrees. `no`: the browser objects for its person. */
export type MayKeep = 'yes' | 'not_asked' | 'no';

/** Whether anything may be kept with the visitor of a request, by the program's setting and what the request says. */
export function mayKeep(
  { headers }: Pick<Request, 'headers'>,
  config: ConsentSettings & Pick<CookieSettings, 'cookie_name'>,
): MayKeep {
  if (config.honour_gpc && headers.get('sec-gpc') === '1') return 'no';
  if (config.consent === 'none') return 'yes';
  const cookies = headers.get('cookie');
  const { consent_cookie } = config;
  const agreed =
    cookieValues(cookies, agreementName(config)).includes('yes') ||
    (consent_cookie !== null && cookieValues(cookies, consent_cookie.name).includes(consent_cookie.value));
  return agreed ? 'yes' : 'not_asked';
}

/** The name of our own cookie that says that the visitor has agreed. */
export function agreementName({ cookie_name }: Pick<CookieSettings, 'cookie_name'>): string {
  return `${cookie_name}-consent`;
}
