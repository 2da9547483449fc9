/**
 * The roll-call function. Trigger: the API's roll-calls. It waits in the call for who is there; one that ends early loses
 * nothing, the roll-call ends with its window, and whoever asks for it then closes it.
 */
import { claimsFromEnv } from '../../shared/aws/claims.ts';
import { rollCallingFromEnv } from '../../shared/aws/roll-calling.ts';
import { observed, telemetry } from '../../shared/aws/telemetry.ts';
import { requiredEnv } from '../../shared/env.ts';
import { createApp } from '../../shared/http/app.ts';
import { apiAuth } from '../../shared/http/owner.ts';
import { serve } from '../../shared/http/serve.ts';
import { rollCallOperations } from './operations.ts';

export const createHandler = () => {
  const operations = rollCallOperations(rollCallingFromEnv(claimsFromEnv()));
  return observed(serve(createApp({ auth: apiAuth(requiredEnv('API_AUTH')), telemetry, operations })));
};
