import { describe, expect, it } from 'vitest';
import { readContext } from '../../infra/context.ts';

describe('context', () => {
  it('has a default for everything', () => {
    expect(readContext({})).toEqual({
      stackName: 'Fanfold',
      region: undefined,
      auth: { kind: 'iam' },
      logRetention: 30,
      alarmEmail: undefined,
      ownerOpenRequests: 100,
      retentionHours: 24,
      reserveConcurrency: true,
      bulkConcurrency: 400,
      callbackHosts: [],
      services: 'functions',
    });
  });

  it('reads numbers as the command line gives them', () => {
    const given = { ownerOpenRequests: '7', retentionHours: 8, logRetentionDays: '365', bulkConcurrency: '4' };
    expect(readContext(given)).toMatchObject({
      ownerOpenRequests: 7,
      retentionHours: 8,
      logRetention: 365,
      bulkConcurrency: 4,
    });
  });

  it('reads hosts that callbacks may go to', () => {
    const callbackHosts = 'hooks.example.com,*.example.org';
    expect(readContext({ callbackHosts }).callbackHosts).toEqual(['hooks.example.com', '*.example.org']);
  });

  it.each(['localhost', '127.0.0.1', 'https://a.example.com', 'a.example.com:8443', '*', '*.com', 'a..b', ''])(
    'takes no callback to %j',
    (callbackHosts) => expect(() => readContext({ callbackHosts })).toThrow(/^context: callbackHosts must be hosts/),
  );

  it.each(['false', false])('reads %j as the command line or cdk.json gives it', (reserveConcurrency) => {
    expect(readContext({ reserveConcurrency })).toMatchObject({ reserveConcurrency: false });
  });

  it('lets CDK’s own keys pass', () => {
    const keys = ['@aws-cdk/core:x', 'aws:cdk:enable-path-metadata', 'aws-cdk:enableDiffNoFail', 'cli-x'];
    expect(() => readContext(Object.fromEntries(keys.map((key) => [key, true])))).not.toThrow();
  });

  it.each([
    [{ stackname: 'X' }, 'context: "stackname" is not a key of ours; known are stackName,'],
    [{ stackName: '1st' }, 'context: stackName must be a letter, then letters, digits and hyphens, not "1st"'],
    [{ region: 'London' }, 'context: region must be a region such as eu-west-2, not "London"'],
    [{ services: 'lambda' }, 'context: services must be one of functions, root, not "lambda"'],
    [{ auth: 'basic' }, 'context: auth must be one of iam, jwt, none, not "basic"'],
    [{ auth: 'jwt', jwtAudience: 'x' }, 'context: jwtIssuer must be given with auth=jwt'],
    [{ auth: 'jwt', jwtIssuer: 'https://x.example' }, 'context: jwtAudience must be given with auth=jwt'],
    [{ auth: 'jwt', jwtIssuer: 'http://x.example' }, 'context: jwtIssuer must be an https:// address'],
    [{ jwtIssuer: 'https://x.example' }, 'context: jwtIssuer means nothing without auth=jwt'],
    [{ auth: 'none', jwtAudience: 'x' }, 'context: jwtAudience means nothing without auth=jwt'],
    [{ logRetentionDays: 2 }, 'context: logRetentionDays must be one of 1, 3, 5, 7, 14, 30,'],
    [{ logRetentionDays: '9999' }, 'context: logRetentionDays must be one of'],
    [{ alarmEmail: 'me' }, 'context: alarmEmail must be an e-mail address, not "me"'],
    [{ ownerOpenRequests: 0 }, 'context: ownerOpenRequests must be a whole number from 1 to 500, not 0'],
    [{ ownerOpenRequests: '501' }, 'context: ownerOpenRequests must be a whole number from 1 to 500, not "501"'],
    [{ ownerOpenRequests: '' }, 'context: ownerOpenRequests must be a whole number from 1 to 500, not ""'],
    [{ retentionHours: '1.5' }, 'context: retentionHours must be a whole number from 1 to 720, not "1.5"'],
    [{ reserveConcurrency: 'no' }, 'context: reserveConcurrency must be one of true, false, not "no"'],
    [{ reserveConcurrency: 0 }, 'context: reserveConcurrency must be one of true, false, not 0'],
    [{ bulkConcurrency: 1 }, 'context: bulkConcurrency must be a whole number from 2 to 10000, not 1'],
    [{ bulkConcurrency: '10001' }, 'context: bulkConcurrency must be a whole number from 2 to 10000, not "10001"'],
    [{ retentionHours: true }, 'context: retentionHours must be a whole number from 1 to 720, not true'],
  ])('%j is refused by key and rule', (values, message) => {
    expect(() => readContext(values)).toThrow(message);
    expect(() => readContext(values)).toThrow(/^[^\n]+$/);
  });
});
