import type { Variables } from '../http/context.ts';
import type { ProgramEnv } from '../http/env.ts';
import type { SignedIn } from '../identity/session.rules.ts';

/** Hono's environment of pages: the API's, and who has signed in. */
export interface Pages {
  Bindings: ProgramEnv;
  Variables: Variables & {
    /** Who has signed in; null where nobody has. */
    person: SignedIn | null;
    /** The machine's clock, which sign-in goes by; the program's is `now`. Epoch ms. */
    machine_now: number;
  };
}

/** What pages of a partner find set: the partner who has signed in. */
export interface CenterPages {
  Bindings: Pages['Bindings'];
  Variables: Omit<Pages['Variables'], 'person'> & { person: SignedIn & { role: 'partner'; partner_id: string } };
}

/** What pages of the console find set: the operator who has signed in with a second factor. */
export interface ConsolePages {
  Bindings: Pages['Bindings'];
  Variables: Omit<Pages['Variables'], 'person'> & { person: SignedIn & { role: 'operator'; operator_name: string } };
}
