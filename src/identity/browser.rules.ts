const BROWSERS: readonly (readonly [RegExp, string])[] = [
  // Those that call themselves by another's name too stand before it.
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\b(?:OPR|Opera)\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|Chromium|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bWindows\b/, 'Windows'],
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'an iPhone'],
  [/\biPad\b/, 'an iPad'],
  [/\bMac OS X\b/, 'a Mac'],
  [/\bCrOS\b/, 'a Chromebook'],
  [/\bLinux\b/, 'Linux'],
];

const nameOf = (names: typeof BROWSERS, text: string) => names.find(([pattern]) => pattern.test(text))?.[1] ?? null;

/** A browser in words, by what it says of itself: `Firefox on Windows`. */
export function browserWords(user_agent: string | null): string {
  const browser = nameOf(BROWSERS, user_agent ?? '') ?? 'A browser';
  const system = nameOf(SYSTEMS, user_agent ?? '');
  return system === null ? `${browser} that does not say where it runs` : `${browser} on ${system}`;
}
