/** Answers to the four questions of policy P4. */
export interface Residency {
  readonly us_citizen: boolean;
  readonly us_green_card: boolean;
  readonly us_over_183_days: boolean;
  readonly us_worked_last_year: boolean;
}

const NEVER_THERE: Residency = {
  us_citizen: false,
  us_green_card: false,
  us_over_183_days: false,
  us_worked_last_year: false,
};

/** A partner of the demo's, and why they are in it. */
export interface CastPartner {
  readonly partner_id: string;
  readonly name: string;
  readonly email: string;
  readonly country: string;
  readonly paypal_email?: string;
  readonly rate_bps?: number;
  readonly residency?: Residency;
  /** Codes of links besides the first. */
  readonly codes: readonly string[];
  /** How many accounts they refer, from so many days before now to so many. */
  readonly clients: number;
  readonly days_ago: readonly [number, number];
  /** Weight of their share of the clicks. */
  readonly reach: number;
  /** What is to be seen on this partner, for the reader of what is printed. */
  readonly shows: string;
}

/**
 * The partners. Each stands for something: whoever is not paid is stuck at another gate. What becomes of a payout at PayPal's simulator the
 * address says: `unclaimed+…`, `failed+…`, `returned+…`; any other is paid.
 */
export const CAST: readonly CastPartner[] = [
  {
    partner_id: 'maria',
    name: 'Maria Lopez',
    email: 'maria@automation-academy.example',
    country: 'US',
    paypal_email: 'paypal@automation-academy.example',
    codes: ['maria-youtube', 'maria-newsletter'],
    clients: 34,
    days_ago: [178, 4],
    reach: 30,
    shows: 'paid whenever she reaches the threshold',
  },
  {
    partner_id: 'tom',
    name: 'Tom Becker',
    email: 'tom@becker-beratung.example',
    country: 'DE',
    paypal_email: 'tom@becker-beratung.example',
    rate_bps: 3000,
    residency: NEVER_THERE,
    codes: ['tom-blog'],
    clients: 18,
    days_ago: [176, 8],
    reach: 18,
    shows: 'abroad, questions answered; 30 % by agreement; a client who pays in EUR',
  },
  {
    partner_id: 'nina',
    name: 'Nina Park',
    email: 'nina@park-studio.example',
    country: 'US',
    paypal_email: 'nina@park-studio.example',
    codes: [],
    clients: 1,
    days_ago: [118, 118],
    reach: 3,
    shows: 'below the threshold: three payments of 79.00 USD (P2)',
  },
  {
    partner_id: 'oskar',
    name: 'Oskar Lind',
    email: 'oskar@lindflow.example',
    country: 'SE',
    paypal_email: 'oskar@lindflow.example',
    codes: [],
    clients: 6,
    days_ago: [175, 60],
    reach: 7,
    shows: 'residency questions unanswered (P4)',
  },
  {
    partner_id: 'yuki',
    name: 'Yuki Tanaka',
    email: 'yuki@tanaka-works.example',
    country: 'JP',
    paypal_email: 'yuki@tanaka-works.example',
    residency: { ...NEVER_THERE, us_over_183_days: true },
    codes: [],
    clients: 5,
    days_ago: [175, 60],
    reach: 6,
    shows: 'residency answers that wait for an operator (P4)',
  },
  {
    partner_id: 'sam',
    name: 'Sam Okafor',
    email: 'sam@okafor-media.example',
    country: 'US',
    codes: ['sam-podcast'],
    clients: 6,
    days_ago: [175, 60],
    reach: 8,
    shows: 'no PayPal address (P3)',
  },
  {
    partner_id: 'dana',
    name: 'Dana Whitfield',
    email: 'dana@whitfield-ops.example',
    country: 'US',
    paypal_email: 'dana@whitfield-ops.example',
    codes: ['dana-webinar'],
    clients: 9,
    days_ago: [175, 60],
    reach: 9,
    shows:
      'a new PayPal address, set the day before the last Friday (P3); at PayPal it is unknown, and the next payout is not claimed (P7)',
  },
  {
    partner_id: 'leo',
    name: 'Leo Marchetti',
    email: 'leo@marchetti.example',
    country: 'US',
    paypal_email: 'leo@marchetti.example',
    codes: [],
    clients: 6,
    days_ago: [175, 60],
    reach: 7,
    shows: 'suspended (P6)',
  },
  {
    partner_id: 'carla',
    name: 'Carla Souza',
    email: 'carla@souza-digital.example',
    country: 'BR',
    paypal_email: 'returned+carla@souza-digital.example',
    residency: NEVER_THERE,
    codes: [],
    clients: 7,
    days_ago: [175, 60],
    reach: 8,
    shows: 'a payout that came back (P3, P7)',
  },
  {
    partner_id: 'hugo',
    name: 'Hugo Martin',
    email: 'hugo@martin-conseil.example',
    country: 'FR',
    paypal_email: 'hugo@martin-conseil.example',
    residency: { ...NEVER_THERE, us_worked_last_year: true },
    codes: [],
    clients: 5,
    days_ago: [175, 135],
    reach: 6,
    shows: 'refunds after the payout, to be earned back (C3)',
  },
  {
    partner_id: 'ben',
    name: 'Ben Hughes',
    email: 'ben@hughes-systems.example',
    country: 'GB',
    paypal_email: 'ben@hughes-systems.example',
    residency: NEVER_THERE,
    codes: ['ben-course'],
    clients: 8,
    days_ago: [55, 3],
    reach: 12,
    shows: 'nothing vested yet (V1)',
  },
  {
    partner_id: 'aiko',
    name: 'Aiko Sato',
    email: 'aiko@sato-partners.example',
    country: 'US',
    paypal_email: 'aiko@sato-partners.example',
    codes: [],
    clients: 4,
    days_ago: [160, 110],
    reach: 5,
    shows: 'accounts joined by address alone, held until the client confirms (R3)',
  },
  {
    partner_id: 'priya',
    name: 'Priya Nair',
    email: 'priya@nair-labs.example',
    country: 'IN',
    paypal_email: 'priya@nair-labs.example',
    residency: NEVER_THERE,
    codes: [],
    clients: 1,
    days_ago: [130, 130],
    reach: 2,
    shows: 'an account of her own, which earns nothing (S1)',
  },
  {
    partner_id: 'jonas',
    name: 'Jonas Weber',
    email: 'jonas@weber-hq.example',
    country: 'US',
    paypal_email: 'jonas@weber-hq.example',
    codes: [],
    clients: 1,
    days_ago: [165, 165],
    reach: 3,
    shows: 'closed, and paid what had vested though below the threshold (P6)',
  },
  {
    partner_id: 'rosa',
    name: 'Rosa Alonso',
    email: 'rosa@alonso-systems.example',
    country: 'US',
    paypal_email: 'rosa@alonso-systems.example',
    codes: [],
    clients: 5,
    days_ago: [170, 65],
    reach: 5,
    shows: 'a new address as Dana’s, whose account at PayPal is locked: the next payout fails (P7)',
  },
];
