/** Into how many tasks a submission is split, before anything of it is written. */
import { impossible, resolved } from '../../shared/core/completion.ts';
import { surveyTasks } from '../../shared/core/split.ts';
import type { Refusal, Submission } from './distribute.ts';

/** How many tasks there are, or why it cannot be split, or its policy not be met. */
export function surveyed({ job, input, policy }: Submission): { readonly expected: number } | Refusal {
  const survey = surveyTasks(job, input);
  if ('refused' in survey) return survey;
  const { expected } = survey;
  const cannot = impossible(resolved(policy, expected), expected);
  return cannot ? { refused: 'impossible-policy', message: cannot, limit: expected } : survey;
}
