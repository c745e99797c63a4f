/**
 * Codes of problems that are not about a line of a configuration, besides those of codes/codes.ts. A code keeps its meaning;
 * texts may change, and most of them are sendmail's.
 */
export const PROBLEM_CODES = {
  linesLeftOut: 'more bad lines than are reported',
  unsafeDirectory: 'a directory on the path of a file that others may write',
  changed: 'a source file that was changed while its map was made',
  waiting: 'another writer holds the map; this one waits',
  attributesLost: 'the access control list or extended attributes of the old map are not kept',
  imported: 'something of a map that another format does not keep',
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;
