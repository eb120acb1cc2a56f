import { Ajv2020, type Options } from 'ajv/dist/2020.js';

/**
 * An Ajv with the keywords that a model's schema may use beside those of JSON Schema 2020-12 (docs/models.md): `when`,
 * `sumOf` and `maxDecodedBytes`. Every other unknown keyword is a mistake. It changes no value and fills in no default.
 */
export function createAjv(options: Options = {}): Ajv2020 {
  // verbose: the errors carry the value and its schema, for sentences that name both. A rule of an `if` seldom repeats
  // the types that stand in `properties`, so strictTypes and strictRequired would only make model files longer.
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
    verbose: true,
    ...options,
  });
  ajv.addKeyword({ keyword: 'when', schemaType: 'string' }); // says nothing but why a rule holds
  ajv.addKeyword({ keyword: 'maxDecodedBytes', type: 'string', schemaType: 'number', validate: decodesToAtMost });
  ajv.addKeyword({ keyword: 'sumOf', type: 'object', metaSchema: SUM_OF, validate: addsUp, errors: true });
  return ajv;
}

/** The longest thing before the comma of a data: URL that is looked at. */
const LONGEST_PREFIX = 200;

/** Of base64, alone or in a data: URL; an http(s) URL is not looked behind. Judged by the length alone. */
function decodesToAtMost(most: number, text: string): boolean {
  if (/^https?:/.test(text)) return true;
  const comma = text.slice(0, LONGEST_PREFIX).indexOf(',');
  return ((text.length - comma - 1) / 4) * 3 <= most;
}

interface SumOf {
  readonly list: string;
  readonly member: string;
  readonly equals: string;
  readonly default: number;
}

const SUM_OF = {
  type: 'object',
  additionalProperties: false,
  required: ['list', 'member', 'equals', 'default'],
  properties: {
    list: { type: 'string' },
    member: { type: 'string' },
    equals: { type: 'string' },
    default: { type: 'number' },
  },
};

/** The `member`s of the `list`'s items add up to `equals`. What is not a list of numbers is for other rules to refuse. */
const addsUp: { (rule: SumOf, data: Readonly<Record<string, unknown>>): boolean; errors?: object[] } = (rule, data) => {
  const list = data[rule.list];
  const total = data[rule.equals] ?? rule.default;
  if (!Array.isArray(list) || typeof total !== 'number') return true;
  const sum = list.reduce(
    (before: number, item) => before + Number((item as Record<string, unknown>)?.[rule.member]),
    0,
  );
  if (Number.isNaN(sum) || sum === total) return true;
  const message = `must have items whose ${rule.member} adds up to ${rule.equals}, which is ${total} (it adds up to ${sum})`;
  addsUp.errors = [{ keyword: 'sumOf', message, params: { member: rule.list } }];
  return false;
};
