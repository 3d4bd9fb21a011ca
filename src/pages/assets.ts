import { STYLE } from './style.ts';

let named: Promise<string> | undefined;

async function nameOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return new Uint8Array(digest).slice(0, 8).toHex();
}

/** The path of the style, which names its content: it may be kept for ever, and another one has another path. */
export async function stylePath(): Promise<string> {
  named ??= nameOf(STYLE);
  return `/partners/assets/${await named}.css`;
}

/** The style as an answer. */
export function styleAnswer(): Response {
  return new Response(STYLE, {
    headers: {
      'content-type': 'text/css; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    },
  });
}
