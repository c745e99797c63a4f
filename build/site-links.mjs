/** The pages of the site -> an error for each link within it that leads to no file, or to no heading. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const SITE = '.cache/site-html';
const pages = new Map(
  readdirSync(SITE, { recursive: true })
    .filter((name) => name.endsWith('.html') && name !== '404.html')
    .map((name) => [name, readFileSync(join(SITE, name), 'utf8')]),
);
const ids = new Map(
  [...pages].map(([name, html]) => [name, new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))]),
);

let count = 0;
const broken = [...pages].flatMap(([name, html]) =>
  [...html.matchAll(/ href="(?!\w+:)([^"]*)"/g)].flatMap(([, href]) => {
    count++;
    const [path, id] = href.replaceAll('&amp;', '&').split('#');
    const target =
      path === '' ? name : normalize(path.startsWith('/') ? path.slice(1) || 'index.html' : join(dirname(name), path));
    const file = target.endsWith('/') ? `${target}index.html` : target;
    if (!existsSync(join(SITE, file))) return [`${name}: ${href}: no such file`];
    return id && ids.has(file) && !ids.get(file).has(decodeURIComponent(id))
      ? [`${name}: ${href}: no such heading`]
      : [];
  }),
);
if (broken.length > 0) {
  console.error(broken.join('\n'));
  process.exit(1);
}
console.log(`${pages.size} pages, ${count} links`);
