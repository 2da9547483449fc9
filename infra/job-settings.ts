/** What a deployment chooses for its jobs' own settings: context keys `<job>:<setting>`, checked by the jobs' own rules. */
import { isWhole } from '../shared/core/check-job.ts';
import { LIMITS } from '../shared/core/limits.ts';
import { ConfigurationError } from './errors.ts';
import type { JobOutline } from './jobs.ts';

/** By job and setting. */
export type JobSettings = Readonly<Record<string, Readonly<Record<string, string>>>>;

const KEY = /^([a-z][a-z0-9-]*):([a-z][a-z0-9-]*)$/;

/** Whether a key of the context is a job's setting. */
export const isJobSetting = (key: string): boolean => KEY.test(key);

/**
 * What the context says of the settings of `jobs`.
 *
 * @throws ConfigurationError naming the key and its rule, also where no job has such a setting.
 */
export function readJobSettings(values: Readonly<Record<string, unknown>>, jobs: readonly JobOutline[]): JobSettings {
  const settings: Record<string, Record<string, string>> = {};
  for (const [key, value] of Object.entries(values)) {
    const [, job = '', name = ''] = KEY.exec(key) ?? [];
    if (!job) continue;
    settings[job] = {
      ...settings[job],
      [name]: checked(key, value, jobs.find((each) => each.name === job)?.settings?.[name]),
    };
  }
  for (const [job, chosen] of Object.entries(settings))
    if (JSON.stringify(chosen).length > LIMITS.settingsLength)
      throw new ConfigurationError(`context: ${job}:*`, `may have ${LIMITS.settingsLength} characters all together`);
  return settings;
}

function checked(
  key: string,
  value: unknown,
  setting: NonNullable<JobOutline['settings']>[string] | undefined,
): string {
  if (!setting) throw new ConfigurationError(`context: "${key}"`, 'is no setting of a job');
  const text = String(value);
  if (isWhole(setting.pattern, text)) return text;
  throw new ConfigurationError(`context: ${key}`, `must be ${setting.says}, not ${JSON.stringify(value)}`);
}

/** A job's settings, defaults filled in; `undefined` where it has none. */
export function settingsOf(
  { name, settings = {} }: JobOutline,
  chosen: JobSettings,
): Readonly<Record<string, string>> | undefined {
  const names = Object.keys(settings);
  if (names.length === 0) return undefined;
  return Object.fromEntries(names.map((each) => [each, chosen[name]?.[each] ?? settings[each]?.default ?? '']));
}
