/**
 * editmap(8): looks up, stores or deletes one key of a map. Options, messages and statuses are those of sendmail 8.17's
 * editmap; long options are ours. A change is as safe as a rebuild: the map is replaced in one step.
 */
import { decodeText } from '../../core/bytes.ts';
import { foldCase } from '../../core/fold.ts';
import { EX_OK, EX_UNAVAILABLE, EX_USAGE } from '../../core/sysexits.ts';
import { deleteRecord, type EditOptions, queryRecord, updateRecord } from '../../map/edit.ts';
import type { Io } from '../program/io.ts';
import { VERSION } from '../program/version.ts';
import { checkType, lmdbFormat, readConfiguration, trustedUid } from './configuration.ts';
import { Failure, mapFailure, printWarning, untilFailure, warnOfAge } from './failure.ts';
import { type Arguments, getopt } from './getopt.ts';
import { EDITMAP } from './option-tables.ts';

const USAGE = 'Usage: editmap [-C cffile] [-N] [-f] [-q|-u|-x] maptype mapname key [ "value ..." ]\n';
const HELP = `${USAGE}
Looks key up in the map file mapname.lmdb (-q), stores it with value (-u) or deletes it (-x). Where there is none,
mapname.db (a Berkeley DB file, for -q alone) or mapname.cdb is taken.
Long options:
  --lmdb-format 0.9    write what LMDB 0.9 reads (Postfix, Exim); the default is the format that the map has, else 1.0
  --no-verify          do not read the new map back before it is put in place
  --help, --version
See editmap(8) for the others.

Examples:
  editmap -q hash /etc/mail/access To:backup.example
  editmap -u hash /etc/mail/access spam.example "550 5.7.1 Not here"
  editmap -x hash /etc/mail/access spam.example
`;

const ACTIONS = ['q', 'u', 'x'];

interface Request {
  readonly action: string;
  readonly cf: string | undefined;
  readonly type: string;
  readonly mapName: string;
  /** As shown: folded unless `-f`. */
  readonly key: string;
  readonly value: string;
  readonly options: EditOptions;
}

export function main(argv: readonly string[], io: Io): Promise<number> {
  return untilFailure(io, () => {
    const request = readArguments(getopt(argv, EDITMAP.letters, EDITMAP.words), io);
    return typeof request === 'number' ? request : run(request, io);
  });
}

/** A number is the exit status of a run that has ended. */
function readArguments({ options, operands, error }: Arguments, io: Io): Request | number {
  const flags = new Map(options.map(({ name, value }) => [name, value]));
  if (flags.has('help') || flags.has('version')) {
    io.out(flags.has('help') ? HELP : `editmap (mailmaps) ${VERSION}\n`);
    return EX_OK;
  }
  const { format, complaint = error } = lmdbFormat(flags.get('lmdb-format'), io);
  if (complaint !== undefined) io.err(`${io.argv0}: ${complaint}\n`);
  const actions = options.map(({ name }) => name).filter((name) => ACTIONS.includes(name));
  const [type, mapName, key, value] = operands;
  const complete = actions[0] === 'u' ? operands.length >= 4 : operands.length === 3;
  if (complaint !== undefined || actions.length !== 1 || !complete) {
    io.err(USAGE);
    return EX_USAGE;
  }
  if (operands.length > 4) io.err(`warning: ignored after the value: ${operands.slice(4).join(' ')}\n`);
  return {
    action: actions[0]!,
    cf: flags.get('C'),
    type: type!,
    mapName: mapName!,
    key: flags.has('f') ? key! : foldCase(key!),
    value: value ?? '',
    options: {
      trailingNul: flags.has('N'),
      verify: !flags.has('no-verify'),
      format,
    },
  };
}

async function run({ action, cf, type, mapName, key, value, options }: Request, io: Io): Promise<number> {
  const { settings } = readConfiguration('editmap', cf);
  const edit: EditOptions = {
    ...options,
    owner: trustedUid(settings, io),
    anyType: type === 'implicit',
    isCdb: type === 'cdb',
    onProblem: (problem) => printWarning(problem, io),
  };
  checkType('editmap', type, mapName);
  const path = decodeText(mapName);
  warnOfAge(path, io);
  try {
    if (action === 'u') await updateRecord(path, key, value, edit);
    else if (action === 'q') {
      const found = queryRecord(path, key, edit);
      if (found !== undefined) io.out(`${found}\n`);
      else throw new Failure(EX_UNAVAILABLE, `editmap: couldn't find key ${key} in map ${mapName}`);
    } else if (!(await deleteRecord(path, key, edit))) {
      io.err(`editmap: key ${key} doesn't exist in map ${mapName}\n`);
    }
    return EX_OK;
  } catch (error) {
    throw error instanceof Failure ? error : mapFailure('editmap', type, mapName, error);
  }
}
