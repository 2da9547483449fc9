/** A bucket in this process: fauxqs on loopback, spoken to through the real SDK. */
import type { AddressInfo } from 'node:net';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { buildApp } from 'fauxqs';
import { type Bucket, createBucket } from '../../shared/aws/bucket.ts';

export interface LocalBucket {
  readonly bucket: Bucket;
  /** Puts anything at a key, as who has no claim to it would. */
  overwrite(key: string, body: Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}

export async function startLocalBucket(Bucket = 'claims'): Promise<LocalBucket> {
  const app = buildApp({ logger: false });
  await app.listen({ host: '127.0.0.1', port: 0 });
  await app.inject({ method: 'PUT', url: `/${Bucket}` });
  const client = new S3Client({
    ...{ endpoint: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`, region: 'eu-west-2' },
    ...{ forcePathStyle: true, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
  });
  return {
    bucket: createBucket(client, Bucket),
    overwrite: async (Key, Body) => void (await client.send(new PutObjectCommand({ Bucket, Key, Body }))),
    remove: async (Key) => void (await client.send(new DeleteObjectCommand({ Bucket, Key }))),
    async close() {
      client.destroy();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
