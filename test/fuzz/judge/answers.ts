/**
 * Whether an answer is one that the documents know for what was sent.
 *
 * Why a violation has its text made at once: what was sent is gone when the case has been made smaller.
 */
import type { ErrorCode } from '../../../src/errors.ts';
import type { ApiOperation } from '../../../src/http/api/operation.ts';
import { operations } from '../../../src/http/api/operations.ts';
import type { RequestCase } from '../cases/request.ts';
import type { HttpAnswer } from '../wire/answer-reader.ts';
import { operationsAt, problemCheck, type TableContract } from './contract-of-table.ts';

/** A promise of the edge that was broken. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

const jsonType = 'application/json; charset=utf-8';
const problemType = 'application/problem+json; charset=utf-8';
/** What a request that is right by the documents is never told. */
const neverForRight = new Set<string>([
  'bad_request',
  'not_found',
  'method_not_allowed',
  'payload_too_large',
  'unsupported_media_type',
]);
const hardlyHttp: readonly ErrorCode[] = ['bad_request'];

/** Throws Violation. `target`: as it was sent. */
export function judgeAnswer(contract: TableContract, sent: RequestCase, target: string, answer: HttpAnswer): void {
  const at = operationsAt(target);
  const toHead = sent.method === 'HEAD';
  // A stream has no head alone.
  const takesHead = ({ method, id }: ApiOperation) => method === 'GET' && id !== 'stream_game';
  const line = at?.find((each) => each.method === sent.method || (toHead && takesHead(each)));
  if (line === undefined) {
    // What the page of the documents is made of is not in the table.
    if (target.startsWith('/docs/')) judgeGenerally(answer, toHead);
    else judgeStray(at, answer, toHead);
    return;
  }
  judgeBody(contract, line, answer, toHead);
  if (sent.odd.length > 0 || toHead) return;
  const code = codeOf(answer);
  if (code !== null && neverForRight.has(code) && !(code === 'bad_request' && sent.isForRules)) {
    throw new Violation(`a right request is told ${code}: ${answer.body}`);
  }
}

/** What the schema of the body refuses is never done. Throws Violation. `body`: as it was sent. */
export function judgeBodySent(
  contract: TableContract,
  { operation, odd }: RequestCase,
  body: string,
  { status }: HttpAnswer,
): void {
  const schema = operations[operation].body;
  if (schema === null || status >= 400 || odd.some((part) => part !== 'body')) return;
  const { success } = schema.safeParse(body === '' ? {} : JSON.parse(body));
  expect(success, `${operation} takes what its schema refuses, and answers ${status}`);
  if (operation !== 'register_action') return;
  const wrong = contract.bodyCheck(operations[operation])?.(JSON.parse(body)) ?? null;
  expect(wrong === null, `an action is taken that is none of the game: ${wrong} ${body}`);
}

/** For any answer: no failure, and a problem document if it is a refusal. Throws Violation. */
export function judgeGenerally(answer: HttpAnswer, toHead = false): void {
  const { status, headers, body } = answer;
  if (status >= 500) throw new Violation(`${status}: ${body}`);
  if (status < 400) return;
  expect(
    headers.get('content-type') === problemType,
    `${status} is no problem document: ${headers.get('content-type')} ${body}`,
  );
  if (toHead) return;
  const document = parsed(body);
  const wrong = problemCheck(document);
  expect(wrong === null, `${status} is no problem document: ${wrong} ${body}`);
  expect((document as { status: unknown }).status === status, `${status} says another status: ${body}`);
  expect(status !== 405 || headers.has('allow'), '405 without Allow');
  expect(status !== 401 || headers.has('www-authenticate'), '401 without WWW-Authenticate');
  expect(status !== 429 || headers.has('retry-after'), '429 without Retry-After');
}

function judgeBody(contract: TableContract, line: ApiOperation, answer: HttpAnswer, toHead: boolean): void {
  const { status, headers, body } = answer;
  if (status === 503 && line.answers[503] !== undefined && codeOf(answer) === null) {
    expect(
      toHead || contract.answerCheck(line, 503, 'application/json')(parsed(body)) === null,
      `${line.id} 503: ${body}`,
    );
    return;
  }
  judgeGenerally(answer, toHead);
  if (status >= 400) {
    const code = codeOf(answer) as ErrorCode | null;
    expect(
      toHead || (code !== null && [...line.errors, ...hardlyHttp].includes(code)),
      `${line.id} answers ${status} ${code}: ${body}`,
    );
    return;
  }
  const documented = line.answers[status];
  if (documented === undefined) throw new Violation(`${line.id} is not documented to answer ${status}: ${body}`);
  if (documented.schema === null && documented.contentType === undefined) {
    expect(body.length === 0, `${line.id} ${status} should have no body: ${body}`);
    return;
  }
  const type = headers.get('content-type') ?? '';
  expect(
    type.replaceAll('; ', ';') === (documented.contentType ?? jsonType).replaceAll('; ', ';'),
    `${line.id} ${status} is ${type}`,
  );
  if (toHead || documented.schema === null) return;
  const wrong = documented.contentType === undefined ? contract.answerCheck(line, status, type)(parsed(body)) : null;
  expect(wrong === null, `${line.id} ${status} is not as documented: ${wrong} ${body}`);
}

/** Of an address or a method that there is not. */
function judgeStray(at: readonly ApiOperation[] | null, answer: HttpAnswer, toHead: boolean): void {
  judgeGenerally(answer, toHead);
  const { status, body } = answer;
  expect(
    status === 400 || status === 404 || (status === 405 && at !== null && at.length > 0),
    `nothing is there, and yet ${status}: ${body}`,
  );
}

function codeOf({ status, body }: HttpAnswer): string | null {
  if (status < 400 || body.length === 0) return null;
  return (parsed(body) as { code?: string }).code ?? null;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Violation(`no JSON: ${body}`);
  }
}

export function expect(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Violation(otherwise);
}
