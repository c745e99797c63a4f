/**
 * Events of the library in a mail server of yours -> Prometheus or OpenTelemetry, over node:diagnostics_channel. Nothing
 * of it is measured before somebody subscribes. (`mailmaps serve --metrics` needs none of this.)
 *
 *     import { register } from 'prom-client';
 *     toPrometheus(await import('prom-client'), register);
 *
 *     import { metrics } from '@opentelemetry/api';
 *     toOpenTelemetry(metrics.getMeter('mailmaps'));
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Seconds: an answer takes some ten microseconds. */
const BUCKETS = [0.000_01, 0.000_025, 0.000_1, 0.000_25, 0.001, 0.01, 0.1, 1];

/** Counts in a registry of prom-client; returns what ends it. */
export function toPrometheus({ Counter, Histogram }, registry) {
  const registers = [registry];
  const counter = (name, help, ...labelNames) => new Counter({ name, help, labelNames, registers });
  const decisions = counter('mailmaps_decisions_total', 'Decisions', 'question', 'action', 'rule');
  const expansions = counter('mailmaps_expansions_total', 'Addresses expanded', 'outcome');
  const reloads = counter('mailmaps_reloads_total', 'Files read anew', 'file');
  const problems = counter('mailmaps_problems_total', 'What could not be used', 'code');
  const seconds = new Histogram({
    ...{ name: 'mailmaps_answer_seconds', help: 'Time that an answer took', buckets: BUCKETS },
    ...{ labelNames: ['kind'], registers },
  });
  return follow({
    decision: (labels, time) => {
      decisions.inc(labels);
      seconds.observe({ kind: labels.question }, time);
    },
    expansion: (labels, time) => {
      expansions.inc(labels);
      seconds.observe({ kind: 'expand' }, time);
    },
    reload: (labels) => reloads.inc(labels),
    problem: (labels) => problems.inc(labels),
  });
}

/** Counts with a meter of OpenTelemetry; returns what ends it. */
export function toOpenTelemetry(meter) {
  const decisions = meter.createCounter('mailmaps.decisions', { description: 'Decisions' });
  const expansions = meter.createCounter('mailmaps.expansions', { description: 'Addresses expanded' });
  const reloads = meter.createCounter('mailmaps.reloads', { description: 'Files read anew' });
  const problems = meter.createCounter('mailmaps.problems', { description: 'What could not be used' });
  const seconds = meter.createHistogram('mailmaps.answer.duration', {
    ...{ description: 'Time that an answer took', unit: 's' },
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  return follow({
    decision: (labels, time) => {
      decisions.add(1, labels);
      seconds.record(time, { kind: labels.question });
    },
    expansion: (labels, time) => {
      expansions.add(1, labels);
      seconds.record(time, { kind: 'expand' });
    },
    reload: (labels) => reloads.add(1, labels),
    problem: (labels) => problems.add(1, labels),
  });
}

/** Labels are words of fixed lists, rules and files: no address, or there would be a series for each. */
function follow({ decision, expansion, reload, problem }) {
  const listeners = {
    'mailmaps:decision': ({ decision: { question, action, because }, milliseconds }) =>
      decision({ question, action, rule: because?.rule ?? '' }, milliseconds / 1000),
    'mailmaps:expansion': ({ expansion: { errors }, milliseconds }) =>
      expansion({ outcome: errors.length === 0 ? 'ok' : errors[0].code }, milliseconds / 1000),
    'mailmaps:reload': ({ path }) => reload({ file: path }),
    'mailmaps:problem': ({ error }) => problem({ code: error.code }),
  };
  for (const [channel, listener] of Object.entries(listeners)) subscribe(channel, listener);
  return () => {
    for (const [channel, listener] of Object.entries(listeners)) unsubscribe(channel, listener);
  };
}
