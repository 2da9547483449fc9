import { innerModule } from '../fauxqs.ts';

interface MessageTypes {
  readonly INVALID_MESSAGE_BODY_CHAR: RegExp;
}

/** SQS's own list of what a message may hold (API_SendMessage, read November 2026), turned round; halves of pairs are none of it either. */
const FORBIDDEN = /[^\t\n\r\u0020-\uFFFD]/;

/**
 * Lets messages hold characters beyond U+FFFF, emoji among them, as SQS does. fauxqs 2.4.1 tests bodies with an expression that
 * sees only halves of them (mended in 2.9.2); so that one expression is taught to look again. To go with the next fauxqs.
 */
export async function allowAstralCharacters(): Promise<void> {
  const types = await innerModule<MessageTypes>('sqs/sqsTypes.js');
  types.INVALID_MESSAGE_BODY_CHAR.test = (body) => !body.isWellFormed() || FORBIDDEN.test(body);
}
