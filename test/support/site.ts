/** A merchant's site for tests, as a Worker behind the tracker: pages with what `/lastclick.js` is to fill, and a log of what was asked. */
const PAGES: Readonly<Record<string, string>> = {
  '/': '<h1>Home</h1><a id="go" href="https://go.example.com/r/mira?sub=blog-7">to the offer</a>',
  '/landing': `<h1>Landing</h1>
    <form id="form" method="post" action="https://go.example.com/signups">
    <input name="email" value="jo@acme.example"><input type="hidden" name="referral_token"><button>Sign up</button></form>
    <a id="pay" href="https://buy.stripe.com/test_1?prefilled_email=a%40b.example">Pay</a>
    <a id="own" href="https://pay.example.com/x" data-lastclick>Pay</a><a id="other" href="https://www.example.com/else">Else</a>
    <script src="https://go.example.com/lastclick.js"></script>`,
  '/plain': `<h1>Plain</h1><form id="form" method="post" action="https://go.example.com/signups">
    <input name="email" value="kim@acme.example"><button>Sign up</button></form>`,
  '/ahead': `<h1>Ahead</h1><a id="go" href="/landing?ref=mira">go</a><a id="link" href="https://go.example.com/r/mira">link</a>
    <script type="speculationrules">{"prefetch":[{"source":"list","urls":["/landing?ref=mira"],"eagerness":"immediate"}]}</script>`,
  '/prerender': `<h1>Prerender</h1><a id="go" href="/landing?ref=mira">go</a>
    <script type="speculationrules">{"prerender":[{"source":"list","urls":["/landing?ref=mira"],"eagerness":"immediate"}]}</script>`,
};

/** No inline script may run, and nothing but our own host may be asked: what `/lastclick.js` needs, and no more. */
const POLICY =
  "default-src 'none'; script-src https://go.example.com 'inline-speculation-rules'; connect-src https://go.example.com; form-action https://go.example.com https://www.example.com";

export default {
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url);
    const page = PAGES[pathname];
    if (page === undefined) return new Response('not here', { status: 404, headers: { 'x-site': 'yes' } });
    return new Response(`<!doctype html><html><head><title>site</title></head><body>${page}</body></html>`, {
      headers: {
        'content-type': 'text/html',
        'x-site': 'yes',
        'content-security-policy': POLICY,
        'cache-control': 'no-store',
      },
    });
  },
};
