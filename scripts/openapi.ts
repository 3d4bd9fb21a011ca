import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createApi } from '../src/http/api.ts';
import { buildDocument } from '../src/http/document.ts';

// Builds the OpenAPI document ahead, so that no start of a Worker pays for it.
const path = join(import.meta.dirname, '../src/http/openapi.json');
await writeFile(path, `${JSON.stringify(buildDocument(createApi()), null, 1)}\n`);
