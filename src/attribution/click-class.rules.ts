import { isbot } from 'isbot';

import type { ClickClass } from './click.ts';

/** Agents are told apart by their beginning: the pattern is not to be run over whatever length a stranger sends. */
const MOST_OF_AN_AGENT = 1000;

const AHEAD = /\b(?:prefetch|prerender|preview)\b/i;
const AHEAD_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const FRAMES = new Set(['iframe', 'frame', 'fencedframe', 'embed', 'object', 'nested-document']);

/** The class of a subresource load by what the browser says of it, or null for a navigation and for browsers that say nothing. */
function loadClass(headers: Headers): ClickClass | null {
  const dest = headers.get('sec-fetch-dest');
  const mode = headers.get('sec-fetch-mode');
  if (dest !== null && FRAMES.has(dest)) return 'frame';
  if (mode === 'nested-navigate') return 'frame';
  if (dest === 'image') return 'image';
  if (dest !== null && dest !== 'document') return 'fetch';
  if (mode !== null && mode !== 'navigate') return 'fetch';
  // Browsers older than Sec-Fetch-Dest still ask for images as images.
  return dest === null && headers.get('accept')?.startsWith('image/') ? 'image' : null;
}

/**
 * L1: what a request for a link is. `person` is a navigation to a document by an agent that does not declare itself a bot; a request
 * without an agent is a bot. What is fetched ahead of a visit is `prefetch`, whoever does it.
 */
export function classOf(method: string, headers: Headers): ClickClass {
  if (method === 'HEAD') return 'head';
  if (AHEAD_HEADERS.some((name) => AHEAD.test(headers.get(name) ?? ''))) return 'prefetch';
  const agent = headers.get('user-agent')?.trim() ?? '';
  if (agent === '' || isbot(agent.slice(0, MOST_OF_AN_AGENT))) return 'bot';
  return loadClass(headers) ?? 'person';
}
