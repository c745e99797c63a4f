/** A question -> its answer: at once, or with `--dns` after the needed facts were looked up. */
import type { Answer, AnswerTo, Question } from '../../config/ask.ts';
import type { MailMaps } from '../../config/mailmaps.ts';
import { decideNow } from '../../config/smtp-transaction.ts';

/** Answers. @throws MapError and TypeError as the functions of MailMaps */
export async function answerTo<Q extends Question>(
  maps: MailMaps,
  question: Q,
  { dns }: { readonly dns?: boolean },
): Promise<AnswerTo<Q>> {
  return dns ? maps.ask(question) : (atOnce(maps, question) as AnswerTo<Q>);
}

function atOnce(maps: MailMaps, question: Question): Answer {
  switch (question.kind) {
    case 'relay':
    case 'mail':
    case 'rcpt':
      return decideNow(maps, question);
    case 'compat':
      return maps.checkCompat(question.sender, question.recipient);
    case 'expand':
      return maps.expand(question.address, question);
    case 'route':
      return maps.route(question.address, question);
    case 'rewrite': {
      const { kind: _, address, ...how } = question;
      return maps.rewrite(address, how);
    }
  }
}
