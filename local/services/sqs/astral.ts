import { innerModule } from '../fauxqs.ts';

interface MessageTypes {
  readonly INVALID_MESSAGE_BODY_CHAR: RegExp;
}

/** SQS's own list of what a message may hold (API_SendMessage, read November 2026), turned round. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/**
 * Lets messages hold characters beyond U+FFFF, emoji among them, as SQS does. fauxqs 2.4.1 tests bodies with an expression that
 * sees only halves of them (mended in 2.9.2); so that one expression is taught to look again. To go with the next fauxqs.
 */
export async function allowAstralCharacters(): Promise<void> {
  const types = await innerModule<MessageTypes>('sqs/sqsTypes.js');
  types.INVALID_MESSAGE_BODY_CHAR.test = (body) => FORBIDDEN.test(body);
}
