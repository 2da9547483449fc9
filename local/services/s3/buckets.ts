/** Amazon S3: makes the template's buckets. What is in them never expires here: lifecycle rules count days. */
import type { Stack } from '../../template/stack.ts';
import type { Messaging } from '../messaging.ts';

/** Makes every bucket of the stack. */
export async function createBuckets({ createBucket }: Pick<Messaging, 'createBucket'>, stack: Stack): Promise<void> {
  for (const { ref } of stack.ofType('AWS::S3::Bucket')) await createBucket(ref);
}
