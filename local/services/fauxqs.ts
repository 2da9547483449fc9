/**
 * fauxqs 2.4.1 from within: what answers each action of SQS and SNS, without the web server around it, which takes most of a
 * call's time (measured November 2026). The web server goes on serving S3.
 */
import { readdirSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type BuildAppOptions, buildApp } from 'fauxqs';

export type WebServer = ReturnType<typeof buildApp>;
export type Stores = NonNullable<BuildAppOptions['stores']>;
export type Headers = Readonly<Record<string, unknown>>;

/** An answer as it would leave the web server: of SQS an object, of SNS XML. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object | string;
}

export interface Emulator {
  readonly webServer: WebServer;
  readonly stores: Stores;
  /** Answers an action, refusals included. Throws what the emulator itself trips over. */
  answer(service: 'sqs' | 'sns', action: string, body: object, headers: Headers): Promise<Answer>;
}

type Handler = (...given: unknown[]) => unknown;
interface Router {
  register(action: string, handler: Handler): void;
  handle(request: object, reply: object): Promise<object | string>;
}
type Module = Readonly<Record<string, unknown>>;

const DIST = join(dirname(findPackageJSON('fauxqs', import.meta.url) ?? ''), 'dist');

/** One of fauxqs's own modules. */
export async function innerModule<Exports>(path: string): Promise<Exports> {
  return await import(pathToFileURL(join(DIST, path)).href);
}

export interface EmulatorOptions {
  /** Instead of stores of its own. */
  readonly stores?: Partial<Stores> | undefined;
  /** Is given the web server before it serves anything. */
  prepare(webServer: WebServer): void;
}

/** An emulator for `region`. */
export async function startEmulator(region: string, { stores: given, prepare }: EmulatorOptions): Promise<Emulator> {
  const stores = { ...(await freshStores()), ...given };
  const webServer = buildApp({ logger: false, defaultRegion: region, stores });
  prepare(webServer);
  await webServer.ready();
  const { SqsRouter } = await innerModule<{ SqsRouter: new (sqs: object) => Router }>('sqs/sqsRouter.js');
  const { SnsRouter } = await innerModule<{ SnsRouter: new (sns: object, sqs: object) => Router }>('sns/snsRouter.js');
  const routers = {
    sqs: await withActions(new SqsRouter(stores.sqsStore), 'sqs/actions'),
    sns: await withActions(new SnsRouter(stores.snsStore, stores.sqsStore), 'sns/actions'),
  };
  return {
    webServer,
    stores,
    answer: (service, action, body, headers) => answer(routers[service], action, body, headers),
  };
}

async function freshStores(): Promise<Stores> {
  const { SqsStore } = await innerModule<{ SqsStore: new () => Stores['sqsStore'] }>('sqs/sqsStore.js');
  const { SnsStore } = await innerModule<{ SnsStore: new () => Stores['snsStore'] }>('sns/snsStore.js');
  const { S3Store } = await innerModule<{ S3Store: new () => Stores['s3Store'] }>('s3/s3Store.js');
  return { sqsStore: new SqsStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
}

/** Each action's function is exported under the action's name, its first letter in lower case. */
async function withActions(router: Router, folder: string): Promise<Router> {
  const files = readdirSync(join(DIST, folder)).filter((file) => file.endsWith('.js'));
  for (const module of await Promise.all(files.map((file) => innerModule<Module>(`${folder}/${file}`))))
    for (const [name, exported] of Object.entries(module))
      if (typeof exported === 'function') router.register(name[0]?.toUpperCase() + name.slice(1), exported as Handler);
  return router;
}

/** The routers speak to a request and a reply of the web server; these stand in for them. */
async function answer(router: Router, action: string, body: object, headers: Headers): Promise<Answer> {
  const given: Record<string, string> = {};
  let status = 200;
  const reply = {
    status: (code: number) => {
      status = code;
    },
    header: (name: string, value: string) => {
      given[name] = value;
    },
  };
  const request = { body, headers: { ...headers, 'x-amz-target': `AmazonSQS.${action}` } };
  return { body: await router.handle(request, reply), status, headers: given };
}
