import { isbot } from 'isbot';

import type { ClickClass } from './click.ts';

/** Agents are told apart by their beginning: the pattern is not to be run over whatever length a stranger sends. */
const MOST_OF_AN_AGENT = 1000;

const AHEAD = /\b(?:prefetch|prerender|preview)\b/i;
const AHEAD_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'];
const FRAMES = new Set(['iframe', 'frame', 'fencedframe', 'embed', 'object', 'nested-document']);

/**
 * The usual browsers, part by part: `isbot` holds none of them for a bot. Its pattern, which takes longer to prepare than a click to
 * answer, is for agents that say anything more.
 */
export const PLAIN_BROWSER =
  /^Mozilla\/5\.0 \((?:Windows NT 10\.0; Win64; x64|Macintosh; Intel Mac OS X 10(?:[._]\d+)+|X11; (?:Ubuntu; )?Linux x86_64|Linux; Android 10; K|Android \d+; Mobile|iPhone; CPU iPhone OS \d+(?:_\d+)+ like Mac OS X)(?:; rv:\d+\.0\) Gecko\/[\d.]+ Firefox\/\d+\.0|\) AppleWebKit\/[\d.]+ \(KHTML, like Gecko\) (?:Chrome\/\d+\.0\.0\.0|Version\/[\d.]+) (?:Mobile(?:\/15E148)? )?Safari\/[\d.]+(?: Edg\/\d+\.0\.0\.0)?)$/;

/** Few agents make most clicks, and the pattern over one costs more than the rest of the class. */
const judged = new Map<string, boolean>();
const MOST_JUDGED = 500;

function isBot(agent: string): boolean {
  const known = judged.get(agent);
  if (known !== undefined) return known;
  const is_bot = !PLAIN_BROWSER.test(agent) && isbot(agent);
  if (judged.size >= MOST_JUDGED) judged.clear();
  judged.set(agent, is_bot);
  return is_bot;
}

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
  for (const name of AHEAD_HEADERS) {
    const ahead = headers.get(name);
    if (ahead !== null && AHEAD.test(ahead)) return 'prefetch';
  }
  const agent = headers.get('user-agent')?.trim() ?? '';
  if (agent === '' || isBot(agent.slice(0, MOST_OF_AN_AGENT))) return 'bot';
  return loadClass(headers) ?? 'person';
}
