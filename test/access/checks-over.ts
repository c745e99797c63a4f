/** The questions over a lookup function and features, for tests that need no configuration. */
import type { CheckSettings } from '../../src/access/check-context.ts';
import { type Checks, createChecks } from '../../src/access/checks.ts';
import { type Feature, FeatureSet } from '../../src/access/features.ts';

export type ChecksOptions = Pick<CheckSettings, 'lookup' | 'isLocal' | 'isRelay' | 'hostName'> & {
  readonly features: readonly Feature[];
};

export function checksOver({ features, ...settings }: ChecksOptions): Checks {
  const { isLocal, hostName } = settings;
  return createChecks({
    ...settings,
    features: new FeatureSet(features),
    rules: { isLocal: (host) => isLocal(host.toLowerCase()), hostName },
    compressedAddresses: false,
  });
}
