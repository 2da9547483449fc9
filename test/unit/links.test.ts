import { expect, test } from 'vitest';
import type { ClaimReference } from '../../shared/core/claim.ts';
import { LIMITS } from '../../shared/core/limits.ts';
import { withLinks } from '../../shared/gathering/links.ts';
import { aHead } from '../support/builders.ts';
import { aJob } from '../support/jobs.ts';
import { aWorkshop } from '../support/workshop.ts';

const reference = (digit: string): ClaimReference => ({
  $claim: { sha256: digit.repeat(64), bytes: 7, days: 2 },
});
const head = aHead({ job: 'job' });
const workshop = aWorkshop(aJob({ name: 'job', values: 'claims' }), 1_000_123);
const link = (digit: string) => ({
  $link: {
    href: `https://claims.test/2d/${head.requestId}/${digit.repeat(64)}?seconds=900`,
    ...{ bytes: 7, expiresAt: 1_000_000 + 900_000 },
  },
});

test('references become links wherever they are, and all else stays', async () => {
  const { $claim } = reference('a');
  const others = [{ $claim, more: 1 }, { $claim: 'no claim' }, { $claim: { ...$claim, days: 3 } }, null, 'a', 7, []];
  const aggregate = { first: reference('a'), deep: [{ list: [reference('b'), ...others] }], ['__proto__']: 1 };
  const linked = await withLinks(workshop, head, aggregate);
  expect(linked).toEqual({
    aggregate: { first: link('a'), deep: [{ list: [link('b'), ...others] }], ['__proto__']: 1 },
    hasLinks: true,
  });
});

test('a reference alone is a link', async () => {
  expect(await withLinks(workshop, head, reference('c'))).toEqual({ aggregate: link('c'), hasLinks: true });
});

test('no more are signed than an answer holds; the rest stay references', async () => {
  const many = Array.from({ length: LIMITS.linksPerAnswer + 2 }, () => reference('d'));
  const { aggregate } = await withLinks(workshop, head, many);
  const shown = aggregate as readonly object[];
  expect(shown.filter((entry) => '$link' in entry)).toHaveLength(LIMITS.linksPerAnswer);
  expect(shown.slice(-2)).toEqual([reference('d'), reference('d')]);
});

test('an aggregate of values is told as it is, whatever it looks like', async () => {
  const inline = aWorkshop(aJob({ name: 'job' }));
  const aggregate = { echoed: reference('e') };
  expect(await withLinks(inline, head, aggregate)).toEqual({ aggregate, hasLinks: false });
  expect(await withLinks(workshop, head, null)).toEqual({ aggregate: null, hasLinks: false });
});
