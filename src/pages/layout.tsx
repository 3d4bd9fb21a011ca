import type { Child } from 'hono/jsx';

import { stylePath } from './assets.ts';
import { PAGE_HEADERS } from './headers.ts';

/** A place of the navigation. */
export interface NavPlace {
  href: string;
  text: string;
}

/** What frames a page: where it belongs, and who reads it. */
export interface Frame {
  program_name: string;
  /** Where the program's name leads. */
  home: string;
  nav: readonly NavPlace[];
  /** The place of the navigation that this page belongs to. */
  at?: string;
  /** Where signing out is posted to; none where nobody has signed in. */
  sign_out?: string;
}

interface Document {
  frame: Frame;
  title: string;
  narrow?: boolean;
  children: Child;
}

async function Document({ frame, title, narrow, children }: Document) {
  const { program_name, home, nav, at, sign_out } = frame;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex, nofollow" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} – ${program_name}`}</title>
        <link rel="stylesheet" href={await stylePath()} />
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <div>
            <a class="name" href={home}>
              {program_name}
            </a>
            {nav.length > 0 && (
              <nav aria-label="Main">
                <ul>
                  {nav.map(({ href, text }) => (
                    <li>
                      <a href={href} {...(href === at ? { 'aria-current': 'page' } : {})}>
                        {text}
                      </a>
                    </li>
                  ))}
                </ul>
              </nav>
            )}
            {sign_out !== undefined && (
              <form method="post" action={sign_out}>
                <button class="plain" type="submit">
                  Sign out
                </button>
              </form>
            )}
          </div>
        </header>
        <main id="main" {...(narrow === true ? { class: 'narrow' } : {})}>
          {children}
        </main>
        <footer>{program_name}</footer>
      </body>
    </html>
  );
}

/** What a page is made of. */
export interface PageContent {
  title: string;
  body: Child;
  narrow?: boolean;
  status?: number;
  headers?: Readonly<Record<string, string>>;
}

/** A whole page as an answer, with the headers that every page has. */
export async function pageAnswer(frame: Frame, { title, body, narrow, status = 200, headers = {} }: PageContent) {
  const document = (
    <Document frame={frame} title={title} narrow={narrow ?? false}>
      {body}
    </Document>
  );
  // A document with parts that wait for something becomes text in time.
  const html = (await document.toString()) as string;
  return new Response(`<!doctype html>${html}`, { status, headers: { ...PAGE_HEADERS, ...headers } });
}
