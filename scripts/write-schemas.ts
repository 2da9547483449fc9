/** `npm run schemas`: writes the envelopes' JSON Schemas to `docs/schemas`, where a test keeps them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVELOPE_NAMES, envelopeSchema } from '../shared/http/envelope-schemas.ts';

const folder = join(import.meta.dirname, '../docs/schemas');
for (const name of ENVELOPE_NAMES)
  writeFileSync(join(folder, `${name}.schema.json`), `${JSON.stringify(envelopeSchema(name), null, 2)}\n`);
