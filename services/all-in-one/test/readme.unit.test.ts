import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { readCompose } from './compose.ts';
import { readPage } from './markdown.ts';
import { ROOT } from './npm-start.ts';

const paths = ['README.md', 'CHANGELOG.md', ...globSync('docs/*.md', { cwd: ROOT })];
const pages = paths.map(readPage);
const readme = readPage('README.md');
const operating = readPage('docs/operating.md');

test.for(pages)('every link of $path leads somewhere', (page) => {
  const inside = page.links.filter((link) => !/^https?:/.test(link));
  const broken = inside.filter((link) => {
    const [file = '', anchor] = link.split('#');
    const path = file ? normalize(join(dirname(page.path), file)) : page.path;
    if (!existsSync(join(ROOT, path))) return true;
    return anchor !== undefined && !readPage(path).anchors.includes(anchor);
  });
  expect(broken).toEqual([]);
});

test.for(pages)('every file that $path names is there', ({ text }) => {
  const named = text.matchAll(/(?:^|[\s`'"(])((?:services|packages|deploy|docs)\/[\w./-]+\w)/gm);
  const missing = [...named].map(([, path = '']) => path).filter((path) => !existsSync(join(ROOT, path)));
  expect(missing).toEqual([]);
});

test.for(pages)('every npm script that $path names is there', ({ text }) => {
  const { scripts }: { scripts: object } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = [...text.matchAll(/npm run ([\w:-]+)|npm (start|test)\b/g)].map(([, script, short]) => script ?? short);
  expect(named.filter((name) => !(`${name}` in scripts))).toEqual([]);
});

test('the layout lists every folder of services and packages, and no other', () => {
  const folders = ['services', 'packages'].flatMap((parent) =>
    readdirSync(join(ROOT, parent))
      .map((name) => `${parent}/${name}`)
      .filter((folder) => existsSync(join(ROOT, folder, 'package.json'))),
  );
  const listed = readme.rows.map(([folder = '']) => folder).filter((cell) => /^`[\w/-]+`$/.test(cell));
  expect(listed.sort()).toEqual([...folders, 'deploy', 'docs'].map((folder) => `\`${folder}\``).sort());
});

test('the README has no block that readme.e2e.test.ts does not check', () => {
  const first = readme.blocks.map(({ language, text }) => `${language} ${text.split(/[\s=]/, 2).join(' ')}`);
  expect(first).toEqual([
    'sh npm start',
    "sh curl 'http://127.0.0.1:3000/v1/tasks/submit'",
    expect.stringMatching(/^text \{"output":\{"task_id"/),
    expect.stringContaining("sh curl 'http://127.0.0.1:3000/v1/tasks/status?"),
    expect.stringMatching(/^text \{"output":\{"task_id"/),
    'sh curl http://127.0.0.1:3100/inbox',
    'js import {',
    'sh npm install',
    'sh docker compose',
    'sh export REDIS_URL',
    'sh npm test',
  ]);
});

test.for([readme, operating])('the docker commands of $path fit docker-compose.yml', ({ text }) => {
  const { services } = readCompose({ REELAY_ADMIN_KEY: 'a', REELAY_SECRET_KEY: 's', MODELVERSE_API_KEY: 'm' });
  const scaled = [...text.matchAll(/--scale ([\w-]+)=/g)].map(([, name]) => name);
  expect(Object.keys(services)).toEqual(expect.arrayContaining(scaled));
  const flags = [...text.matchAll(/docker compose (.*?)[`\n]/g)].flatMap(
    ([, line = '']) => line.match(/--[\w-]+/g) ?? [],
  );
  const known = ['--env-file', '--build', '--detach', '--wait', '--scale'];
  expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
});

test('every metric that the operating page names is counted', () => {
  const counters = globSync('services/*/src/counters.ts', { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), 'utf8'),
  );
  const named = [...operating.text.matchAll(/reelay_(\w+)_total/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(3);
  for (const name of named) expect(counters.join()).toContain(`'${name}'`);
});
