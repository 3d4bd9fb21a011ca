/** Values of a local program, for tests. The secrets are for show: they guard nothing and no deploy accepts them. */
export const localVars = {
  ENVIRONMENT: 'local',
  CLOCK: 'header',
} as const;

export const ingestKey = 'local-ingest-key';
export const operatorKeys = { ana: 'local-operator-ana', ben: 'local-operator-ben' } as const;

export const localSecrets = {
  COOKIE_KEYS: 'k2:bG9jYWwtY29va2llLWtleS0yLWxvY2FsLWNvb2tpZS0,k1:bG9jYWwtY29va2llLWtleS0xLWxvY2FsLWNvb2tpZS0',
  TOKEN_PRIVATE_JWK: JSON.stringify({
    kty: 'OKP',
    crv: 'Ed25519',
    kid: 'local-1',
    alg: 'EdDSA',
    use: 'sig',
    // The first test vector of RFC 8032 §7.1: known to everybody, a key for tests only.
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  }),
  AUTH_SECRET: 'local-auth-secret-for-tests-and-nothing-else',
  INGEST_API_KEY: ingestKey,
  OPERATOR_API_KEYS: Object.entries(operatorKeys)
    .map(([name, key]) => `${name}:${key}`)
    .join(','),
  STRIPE_WEBHOOK_SECRET: 'whsec_local_stripe_endpoint',
} as const;

/** What the simulator's own configuration lets ask for a token. For show, as the above. */
export const simulatorCredentials = { client_id: 'simulator-client', client_secret: 'simulator-secret' } as const;
