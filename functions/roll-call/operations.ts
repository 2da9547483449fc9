/** The roll-call function's side of the API: reads the call, asks its verb, says it in HTTP. */
import { LIMITS } from '../../shared/core/limits.ts';
import { rollCallPath } from '../../shared/core/roll-call/roll-call.ts';
import type { AppOptions, Call } from '../../shared/http/app.ts';
import { readJson } from '../../shared/http/body.ts';
import { ProblemError } from '../../shared/http/problem.ts';
import { REQUEST_ID } from '../../shared/http/request-id.ts';
import { askedOf, rollCallInput } from '../../shared/http/roll-call-schemas.ts';
import { rollCallView } from '../../shared/http/roll-call-view.ts';
import { parseInput } from '../../shared/http/validation.ts';
import { callRoll } from '../../shared/roll-call/call-roll.ts';
import { settleRoll } from '../../shared/roll-call/close-roll.ts';
import type { RollCalling } from '../../shared/roll-call/context.ts';

export function rollCallOperations(calling: RollCalling): AppOptions['operations'] {
  return {
    callRoll: async (call) => {
      const asked = askedOf(parseInput(rollCallInput, await readJson(call.req.raw, LIMITS.rollCallBytes)));
      const { rollCall, outcome } = await callRoll(calling, call.var.owner, asked);
      const path = rollCallPath(rollCall.rollCallId);
      return Response.json(rollCallView(rollCall, outcome), { headers: { location: path, 'content-location': path } });
    },
    describeRollCall: async (call) => {
      const found = await settleRoll(calling, await findOwned(calling, call));
      const view = rollCallView(found.rollCall, 'outcome' in found ? found.outcome : undefined);
      return Response.json(view, { headers: { 'content-location': view.links.self } });
    },
  };
}

/** Unknown, foreign and malformed ids are one and the same outcome. */
async function findOwned({ store, clock }: RollCalling, { req, var: { owner } }: Call) {
  const rollCallId = req.param('rollCallId') ?? '';
  const rollCall = REQUEST_ID.test(rollCallId) ? await store.read(rollCallId, clock.now()) : undefined;
  if (rollCall?.owner !== owner)
    throw new ProblemError('unknown-roll-call', { detail: 'you have called no roll with this id' });
  return rollCall;
}
