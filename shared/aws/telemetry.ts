/** The port `Telemetry` on Powertools: structured lines and EMF metrics, flushed at the end of each invocation. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Telemetry } from '../core/ports/telemetry.ts';

const logger = new Logger();
const metrics = new Metrics();

export const telemetry: Telemetry = {
  count: (metric, by = 1) => metrics.addMetric(metric, MetricUnit.Count, by),
  log: (message, fields) => logger.info(message, { ...fields }),
  warn: (message, fields) => logger.warn(message, { ...fields }),
};

/**
 * Wraps a handler so that its metrics leave with it, and a throw is logged by its name and message alone. `atEnd` is what
 * is left to do when it is over; it does not throw.
 */
export const observed =
  <Event, Context, Answer>(
    handler: (event: Event, context: Context) => Promise<Answer>,
    atEnd: () => Promise<void> = async () => undefined,
  ) =>
  async (event: Event, context: Context): Promise<Answer> => {
    try {
      return await handler(event, context);
    } catch (error) {
      logger.error('invocation failed', error as Error);
      throw error;
    } finally {
      await atEnd();
      if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
    }
  };
