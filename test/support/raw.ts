import { request, type IncomingHttpHeaders } from 'node:http';

/** What came back, as it was sent. */
export interface Seen {
  status: number;
  headers: IncomingHttpHeaders;
  cookie: string | null;
  body: string;
}

/** A raw request, path and headers as given: node's `fetch` would tidy the path and add headers of its own (`sec-fetch-mode`). */
export function rawRequest(url: URL, method: string, path: string, headers: Record<string, string>): Promise<Seen> {
  const { hostname, port } = url;
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const cookie = response.headers['set-cookie']?.[0] ?? null;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          cookie,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** Headers of a person's navigation. */
export const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
} as const;
