/** What a roll-call takes and answers. Named instances of expected members are `service/instanceId`. */
import * as z from 'zod';
import { LIMITS, ROLL_CALL_LEAST_MS, ROLL_CALL_WINDOW_MS } from '../core/limits.ts';
import { MEMBER_NAME_RULE } from '../core/roll-call/present.ts';
import type { Asked } from '../core/roll-call/roll-call.ts';

const { memberNameLength, membersNamed, instancesShown } = LIMITS;
const NAME = `[A-Za-z0-9._-]{1,${memberNameLength}}`;
const service = z.string().regex(new RegExp(`^${NAME}$`), `must be ${MEMBER_NAME_RULE}`);
const member = z
  .string()
  .regex(new RegExp(`^${NAME}(/${NAME})?$`), `must be a service, or service/instance, each ${MEMBER_NAME_RULE}`);

export const rollCallInput = z
  .strictObject({
    windowMs: z
      .int()
      .min(ROLL_CALL_WINDOW_MS.min)
      .max(ROLL_CALL_WINDOW_MS.max)
      .default(ROLL_CALL_WINDOW_MS.default)
      .meta({
        description: 'How long answers are waited for at most, in ms.',
      }),
    minWindowMs: z
      .int()
      .min(0)
      .max(ROLL_CALL_WINDOW_MS.max)
      .optional()
      .meta({
        description: `How long they are waited for at least, in ms; unless given, ${ROLL_CALL_LEAST_MS} or the window.`,
      }),
    services: z.array(service).min(1).max(membersNamed).optional().meta({
      description: 'The services that are asked; everybody unless given.',
    }),
    expected: z.array(member).min(1).max(membersNamed).optional().meta({
      description:
        'Who has to answer: a service, by any of its instances, or service/instance. Unless given, all who usually do.',
    }),
    minimum: z.int().min(0).max(instancesShown).optional().meta({
      description: 'Instances that have to answer at least for the roll-call to be complete.',
    }),
  })
  .superRefine(({ windowMs, minWindowMs = 0, services, expected = [] }, { addIssue }) => {
    if (minWindowMs > windowMs)
      addIssue({
        code: 'too_big',
        origin: 'int',
        maximum: windowMs,
        path: ['minWindowMs'],
        message: 'must not be above windowMs',
      });
    const asked = services && new Set(services);
    const stranger = asked && expected.findIndex((name) => !asked.has(name.split('/', 1)[0] ?? ''));
    if (stranger !== undefined && stranger >= 0)
      addIssue({ code: 'custom', path: ['expected', stranger], message: 'must be of a service that is asked' });
  });

/** What is asked, with its defaults filled in. */
export const askedOf = ({
  minWindowMs,
  services,
  expected,
  minimum,
  windowMs,
}: z.output<typeof rollCallInput>): Asked => ({
  ...{ windowMs, minWindowMs: minWindowMs ?? Math.min(ROLL_CALL_LEAST_MS, windowMs) },
  ...(services ? { services } : {}),
  ...(expected ? { expected } : {}),
  ...(minimum === undefined ? {} : { minimum }),
});

const instant = z.int().meta({ description: 'Epoch milliseconds.' });

export const rollCallSchema = z
  .strictObject({
    rollCallId: z.string(),
    status: z.enum(['running', 'complete', 'partial']).meta({
      description: 'complete: nobody who is expected is absent, and the minimum has answered.',
    }),
    askedAt: instant,
    windowMs: z.int(),
    closedAfterMs: z.int().min(0).nullable().meta({ description: 'null while it runs.' }),
    present: z
      .array(
        z.strictObject({
          service: z.string(),
          instanceId: z.string(),
          version: z.string().optional(),
          address: z.string().optional().meta({ description: "The URL of the instance's own queue." }),
          metadata: z.record(z.string(), z.unknown()).optional(),
          answeredAfterMs: z.int().min(0),
        }),
      )
      .meta({ description: 'Who answered, first ones first. Empty while it runs.' }),
    presentNotShown: z.int().min(1).optional().meta({ description: 'Instances that answered beyond the list.' }),
    absent: z
      .array(
        z.strictObject({
          service: z.string(),
          instanceId: z.string().optional(),
          lastSeenAt: instant.optional(),
          missedInARow: z.int().min(1).optional(),
        }),
      )
      .meta({
        description:
          'Who was expected, or usually answers, and did not; without instanceId no instance of the service did.',
      }),
    links: z.strictObject({ self: z.string() }),
  })
  .meta({ description: 'Who is there.' });

export type RollCallView = z.infer<typeof rollCallSchema>;

export const answerTakenSchema = z
  .strictObject({ rollCallId: z.string() })
  .meta({ description: 'The answer is passed on.' });
