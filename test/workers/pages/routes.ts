import { createCenter } from '../../../src/center/center.ts';
import { createConsole } from '../../../src/console/console.ts';

/** A route of pages, as the router has it. */
export interface PageRoute {
  home: '/partners' | '/console';
  method: 'GET' | 'POST';
  /** With its parameters, their patterns left out: `/partners/links/:code`. */
  path: string;
  params: readonly string[];
}

function routesOf(home: PageRoute['home'], app: { routes: readonly { method: string; path: string }[] }): PageRoute[] {
  const known = new Map<string, PageRoute>();
  for (const { method, path } of app.routes) {
    if (method !== 'GET' && method !== 'POST') continue;
    const plain = path.replaceAll(/\{[^/]*?\}+(?=\/|$|\.)/g, '');
    const whole = `${home}${plain === '/' ? '' : plain}`;
    const params = [...whole.matchAll(/:([a-z_]+)/g)].map(([, name]) => name ?? '');
    known.set(`${method} ${whole}`, { home, method, path: whole, params });
  }
  return [...known.values()];
}

/** Every route of the Partner Center and of the console, out of their routers. */
export const PAGE_ROUTES: readonly PageRoute[] = [
  ...routesOf('/partners', createCenter()),
  ...routesOf('/console', createConsole()),
];

/** A route's path with values for its parameters; a parameter that has none is a route that nobody thought of. */
export function pathWith(route: PageRoute, values: Readonly<Record<string, string>>): string {
  return route.params.reduce((path, name) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${route.path}: no value for :${name}`);
    return path.replace(`:${name}`, encodeURIComponent(value));
  }, route.path);
}
