import { type Figures, NotShown, type Proof } from './proof.ts';
import { PROOFS } from './register.ts';

// npm run prove -- <issue> [line]: runs the check behind each "Must show" line and prints its figures (docs/proofs.md).

const [issue, line] = process.argv.slice(2);

function chosen(): [string, () => Promise<Proof>][] {
  const lines = PROOFS[issue ?? ''];
  if (!lines) return usage(`There is no issue "${issue ?? ''}".`);
  const all = Object.entries(lines);
  const some = line === undefined ? all : all.filter(([number]) => number === line);
  return some.length > 0 ? some : usage(`The issue ${issue} has no line ${line}.`);
}

function usage(why: string): never {
  const known = Object.entries(PROOFS).map(([name, lines]) => `  ${name}: ${Object.keys(lines).join(', ')}`);
  console.error([why, 'Use: npm run prove -- <issue> [line]', ...known].join('\n'));
  process.exit(2);
}

function print(number: string, word: string, figures: Figures): void {
  const text = Object.entries(figures).map(([name, value]) => `${name}=${value}`);
  console.log(`${issue} ${number}: ${word}  ${text.join('  ')}`);
}

let failed = false;
for (const [number, load] of chosen()) {
  const proof = await load();
  console.log(`${issue} ${number}: ${proof.title}`);
  const startedAt = performance.now();
  try {
    const figures = await proof.run((text) => console.log(`  ${text}`));
    print(number, 'HOLDS', { ...figures, seconds: Math.round((performance.now() - startedAt) / 1_000) });
  } catch (error) {
    failed = true;
    if (error instanceof NotShown) print(number, 'DOES NOT HOLD', error.figures);
    console.error(error);
  }
}
process.exit(failed ? 1 : 0);
