import { createCenter } from '../center/center.ts';
import { createConsole } from '../console/console.ts';
import { outboxPages } from '../mail/outbox.routes.tsx';
import { createApi } from './api.ts';

/** All that the program Worker answers: the API, the Partner Center, the console; on one's own machine, what mail it sends. */
export function createProgramApp() {
  const app = createApi();
  app.route('/partners', createCenter() as unknown as typeof app);
  app.route('/console', createConsole() as unknown as typeof app);
  app.route('/outbox', outboxPages as unknown as typeof app);
  return app;
}
