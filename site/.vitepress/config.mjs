/** The site of the documents. build/site.mjs makes its pages. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const namesIn = (directory) =>
  readdirSync(join(import.meta.dirname, '../pages', directory)).flatMap((name) =>
    name === 'README.md' ? [] : [name.replace(/\.md$/, '')],
  );
const page = (text, link) => ({ text, link });

export default {
  srcDir: 'pages',
  outDir: '../.cache/site-html',
  cacheDir: '../.cache/site-vite',
  title: 'mailmaps',
  description: "sendmail's map tools without Berkeley DB",
  markdown: { html: false },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [page('Documents', '/docs/README'), page('Reference', '/docs/reference')],
    sidebar: [
      {
        text: 'Start',
        items: [page('Overview', '/README'), page('Units for serve', '/examples/serve/README')],
      },
      {
        text: 'Use',
        items: namesIn('docs').map((name) => page(name, `/docs/${name}`)),
      },
      {
        text: 'Manual pages',
        items: namesIn('bin').map((name) => page(name, `/bin/${name}`)),
      },
      {
        text: 'Project',
        items: ['COMPATIBILITY', 'SECURITY', 'RELIABILITY', 'BENCHMARKS', 'ARCHITECTURE', 'CHANGELOG'].map((name) =>
          page(name, `/${name}`),
        ),
      },
    ],
  },
};
