/** The clauses of the policy that decisions, gates and letters cite. */
export const CLAUSES = {
  L1: 'The last tracked click before signing up decides the referrer.',
  L2: 'A click after the signup, or older than the click lifetime, does not win.',
  L3: 'Without a tracked click, the answer to “How did you hear about us?” may name the referrer.',
  L4: 'The account belongs to its admin user.',
  R1: 'No request takes an account away from a tracked referrer.',
  R2: 'The referrer does not change after the window, except by audit or late claim.',
  R3: 'A claim needs the client’s own confirmation.',
  R4: 'An audit re-runs the last click over what was recorded.',
  R5: 'A late claim earns on payments from its window on.',
  R6: 'Decisions are kept as they were taken.',
  S1: 'An account referred by its own holder earns nothing.',
  S2: 'The holder on the client’s own domain is not a self-referral.',
  S3: 'A match blocks; a weaker signal holds until an operator decides.',
  C1: 'Each successful payment earns the rate on its amount without tax.',
  C2: 'Refunds and lost disputes move the commission with them.',
  C3: 'What was already paid is earned back from the next payouts.',
  V1: 'Nothing is payable before the referred account has been a client for the vesting days.',
  V2: 'An account that ends before it has vested forfeits what it had not vested.',
  P1: 'A pay day pays what became payable up to the end of the previous week.',
  P2: 'Below the threshold nothing is paid and all carries over.',
  P3: 'Payouts go to a PayPal address that serves.',
  P4: 'A partner outside the United States answers four questions first.',
  P5: 'Commissions do not pay for the partner’s own subscription.',
  P6: 'A suspended partner is not paid; a closed one is paid what has vested.',
  P7: 'Money leaves once: paid means that the item succeeded.',
  P8: 'A payout or batch above its ceiling waits for an operator’s approval.',
  B1: 'Accepted lists of expected clients attribute a signup after the other sources.',
} as const;

/** A clause's id. */
export type Clause = keyof typeof CLAUSES;
