/**
 * The answering part of `mailmaps serve`, without its sockets. It is the whole server, or one of several workers, to which the
 * process with the sockets passes connections.
 */
import type { MapError } from '../../../core/errors.ts';
import { systemText } from '../../../core/system-error.ts';
import type { OnAnswer } from '../../../serve/answered.ts';
import type { Metrics } from '../../../serve/metrics.ts';
import type { Report } from '../../../serve/monitor.ts';
import { probe } from '../../../serve/probe.ts';
import { Service } from '../../../serve/service.ts';
import type { Answers, Open } from './answers.ts';
import type { DecisionLog } from './decision-log.ts';
import type { ServeLog } from './log.ts';
import type { ListenSettings } from './settings.ts';

export class Worker {
  readonly service: Service;
  readonly #answers: Answers;
  readonly #metrics: Metrics | undefined;
  readonly #decisions: DecisionLog | undefined;

  private constructor(
    answers: Answers,
    service: Service,
    metrics: Metrics | undefined,
    decisions: DecisionLog | undefined,
  ) {
    this.#answers = answers;
    this.service = service;
    this.#metrics = metrics;
    this.#decisions = decisions;
  }

  /** @throws MapError if the configuration cannot be opened */
  static async open(open: Open, directory: string, settings: ListenSettings, log: ServeLog): Promise<Worker> {
    const metrics = settings.metrics && (await openMetrics(directory));
    const decisions = settings.log && new (await import('./decision-log.ts')).DecisionLog((text) => log.problem(text));
    const onAnswer = both(metrics?.onAnswer, decisions?.onAnswer);
    const answers = await open({
      onReload: (path) => {
        log.onReload(path);
        metrics?.onReload(path);
      },
      onProblem: (error: MapError) => {
        log.onProblem(error);
        metrics?.onProblem(error);
      },
      ...(onAnswer && { onAnswer }),
    });
    const service = new Service(answers.protocol, {
      idleMs: settings.idleTimeout * 1000,
      onProblem: (text) => log.problem(text),
    });
    return new Worker(answers, service, metrics, decisions);
  }

  /** Its state. Never rejects: an unhandled rejection would end the process. */
  async report(): Promise<Report> {
    try {
      const failed = this.#answers.probes().map((each) => probe(this.#answers.quietly, each));
      const trouble = failed.find(({ isGood }) => !isGood)?.reply;
      return { metrics: (await this.#metrics?.values()) ?? [], ...(trouble !== undefined && { trouble }) };
    } catch (error) {
      return { metrics: [], trouble: systemText(error) };
    }
  }

  /** Answers open requests, then stops. */
  async stop(): Promise<void> {
    await this.service.stop();
    this.#answers[Symbol.dispose]();
    await this.#decisions?.close();
  }

  get answers(): Answers {
    return this.#answers;
  }
}

async function openMetrics(directory: string): Promise<Metrics> {
  const { Metrics, loadPromClient } = await import('../../../serve/metrics.ts');
  return new Metrics(await loadPromClient(), directory);
}

function both(a: OnAnswer | undefined, b: OnAnswer | undefined): OnAnswer | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return (answered) => {
    a(answered);
    b(answered);
  };
}
