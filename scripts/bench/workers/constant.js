/** The least a redirect can be: what every figure of a click is a multiple of. */
export default {
  fetch: () =>
    new Response(null, {
      status: 302,
      headers: { location: 'https://www.example.com/landing', 'cache-control': 'private, no-store' },
    }),
};
