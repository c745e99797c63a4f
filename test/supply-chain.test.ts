/**
 * The things that come along with the package, and their rights: which packages at run time, from where, and no script that an
 * installation has to run. package.test.ts looks at the files, and installs them with scripts switched off.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';

interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly license: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional: boolean }>>;
  readonly publishConfig: Readonly<Record<string, unknown>>;
};
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  readonly lockfileVersion: number;
  readonly packages: Readonly<Record<string, Locked>>;
};
const locked = Object.entries(lock.packages).filter(([path]) => path !== '');

/** Scripts that npm would run where the package is installed from the registry. */
const AT_INSTALLATION = ['preinstall', 'install', 'postinstall'];

/** The four, and what lmdb brings along; its native parts for each system come as packages, without a script. */
// biome-ignore format: a name each
const USERS_GET: readonly string[] = [
  '@harperfast/extended-iterable', 'commander', 'detect-libc', 'lmdb', 'msgpackr', 'msgpackr-extract', 'node-addon-api',
  'node-gyp-build-optional-packages', 'ordered-binary', 'weak-lru-cache', 'yaml', 'yargs-parser',
];

describe('the package', () => {
  it('needs four packages at run time, each with its reason in ARCHITECTURE.md', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['commander', 'lmdb', 'yaml', 'yargs-parser']);
    const reasons = readFileSync('ARCHITECTURE.md', 'utf8');
    for (const name of Object.keys(manifest.dependencies))
      expect(reasons).toMatch(new RegExp(`^\\| \`${name}\` \\| .+ \\|$`, 'm'));
  });

  it('has optional peers, each with its reason in ARCHITECTURE.md', () => {
    const peers = Object.keys(manifest.peerDependencies);
    expect(peers).toEqual(['@redis/client', '@viz-js/viz', 'prom-client']);
    expect(peers.every((name) => manifest.peerDependenciesMeta[name]?.optional)).toBe(true);
    const reasons = readFileSync('ARCHITECTURE.md', 'utf8');
    for (const name of peers) expect(reasons).toContain(`| \`${name}\` |`);
  });

  it('runs no script where it is installed', () => {
    expect(Object.keys(manifest.scripts).filter((name) => AT_INSTALLATION.includes(name))).toEqual([]);
  });

  it('is published with a statement of where it was built', () => {
    expect(manifest.license).toBe('MIT');
    expect(manifest.publishConfig).toEqual({ access: 'public', provenance: true });
  });
});

describe('the bill of materials', { tags: ['slow'] }, () => {
  interface Component {
    readonly name: string;
    readonly version: string;
    readonly hashes: readonly { readonly alg: string; readonly content: string }[];
    readonly licenses: readonly { readonly license: { readonly id: string } }[];
  }
  interface Bill {
    readonly bomFormat: string;
    readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
    readonly components: readonly Component[];
  }
  let bill: Bill;
  beforeAll(() => {
    execFileSync('npm', ['run', '--silent', 'build:sbom'], { stdio: 'pipe' });
    bill = JSON.parse(readFileSync('dist/sbom.cdx.json', 'utf8')) as Bill;
  });

  it('is about this package', () => {
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: 'mailmaps' } } });
  });

  it('has what a user gets, with the checksums of the lock file and free licences', () => {
    const found = bill.components.filter(({ name }) => !/^(?:@lmdb\/lmdb-|@msgpackr-extract\/)/.test(name));
    expect(found.map(({ name }) => name).sort()).toEqual(USERS_GET);
    for (const { name, version, hashes, licenses } of bill.components) {
      const inLock = lock.packages[`node_modules/${name}`];
      const checksum = `sha512-${Buffer.from(hashes[0]!.content, 'hex').toString('base64')}`;
      expect([name, version, checksum]).toEqual([name, inLock?.version, inLock?.integrity]);
      expect(licenses.every(({ license }) => ['MIT', 'ISC', 'Apache-2.0'].includes(license.id))).toBe(true);
    }
  });

  it('has its direct packages and the optional ones in the table of SECURITY.md', () => {
    const table = readFileSync('SECURITY.md', 'utf8');
    for (const name of [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)])
      expect(table).toContain(`| \`${name}\` |`);
  });
});

describe('the lock file', () => {
  it('has a checksum for everything, and nothing from elsewhere than the registry', () => {
    expect(lock.lockfileVersion).toBe(3);
    const loose = locked.filter(
      ([, { resolved, integrity }]) =>
        !integrity?.startsWith('sha512-') || resolved?.startsWith('https://registry.npmjs.org/') === false,
    );
    expect(loose.map(([path]) => path)).toEqual([]);
  });

  it('holds few packages that a user gets', () => {
    const names = locked.filter(([, { dev }]) => dev !== true).map(([path]) => path.replace(/^.*node_modules\//, ''));
    const others = names.filter((name) => !/^(?:@lmdb\/lmdb-|@msgpackr-extract\/)/.test(name));
    expect([...new Set(others)].sort()).toEqual(USERS_GET);
  });
});
