/** The environment variables of an environment: the template's, and those that Lambda sets. Nothing of the laptop's own gets in. */
import { devNull } from 'node:os';
import type { Endpoints } from '../../template/identity.ts';

export interface VariableSettings {
  readonly functionName: string;
  readonly memoryMb: number;
  readonly taskRoot: string;
  readonly handler: string;
  readonly region: string;
  readonly endpoints: Endpoints;
  readonly accessKeyId: string;
  readonly environmentId: string;
  readonly own: Readonly<Record<string, string>>;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, and where the SDK finds the services. */
export function variables(settings: VariableSettings): Record<string, string> {
  const { functionName, region, endpoints } = settings;
  return {
    ...settings.own,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ENDPOINT_URL_SQS: endpoints.messaging,
    AWS_ENDPOINT_URL_SNS: endpoints.messaging,
    AWS_ENDPOINT_URL_S3: endpoints.messaging,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ACCESS_KEY_ID: settings.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_SESSION_TOKEN: 'local',
    // On Lambda there is no home with a profile in it, which could point the SDK elsewhere.
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split('.')[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: functionName,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${functionName}`,
    AWS_LAMBDA_LOG_STREAM_NAME: `local/[$LATEST]${settings.environmentId}`,
    LAMBDA_TASK_ROOT: settings.taskRoot,
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: settings.handler,
    TZ: ':UTC',
    LANG: 'en_US.UTF-8',
    PATH: process.env.PATH ?? '',
  };
}
