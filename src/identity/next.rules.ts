/**
 * Where somebody goes on to after signing in: a path of the same pages that was asked for, else their first page. Nothing leads elsewhere.
 */
export function nextPath(home: '/partners' | '/console', asked: string | undefined): string {
  if (asked === undefined || !asked.startsWith(`${home}`)) return home;
  const rest = asked.slice(home.length);
  if (rest !== '' && !/^[/?]/.test(rest)) return home;
  return /^[\x21-\x7e]{1,500}$/.test(asked) && !asked.includes('\\') && !asked.includes('//') ? asked : home;
}
