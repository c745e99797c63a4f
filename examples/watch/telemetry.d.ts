import type { Meter } from '@opentelemetry/api';
import type { Registry } from 'prom-client';

/** Counts in a registry of prom-client; returns what ends it. */
export function toPrometheus(client: typeof import('prom-client'), registry: Registry): () => void;

/** Counts with a meter of OpenTelemetry; returns what ends it. */
export function toOpenTelemetry(meter: Meter): () => void;
