import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');

it('the types are what the generator makes of the contract', () => {
  const node = join(root, 'node_modules/node/bin/node');
  const { status, stderr } = spawnSync(node, ['contracts/types.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
});
