import type { OperationView } from '../contract.ts';
import type { ConsoleLogEntry, ConsoleService } from '../options.ts';
import type { ActionRequest, AuditedActions } from './audited-actions.ts';
import type { ChangeFeed } from './change-feed.ts';
import type { OperationRequest, Operations } from './operations.ts';
import type { Services } from './services.ts';

/** What `ServiceActions` is built from. */
export interface ServiceActionParts {
  readonly operations: Operations;
  readonly services: Services;
  readonly audited: AuditedActions;
  readonly feed: ChangeFeed;
  readonly log: (entry: ConsoleLogEntry) => void;
}

/** Begins actions on services for operators, and records how they end. */
export class ServiceActions {
  readonly #parts: ServiceActionParts;

  constructor(parts: ServiceActionParts) {
    this.#parts = parts;
  }

  /** @throws Problem not-found, operation-running, cooling-down, audit-unavailable */
  begin(request: ActionRequest, service: ConsoleService, action: string, reason: string): OperationView {
    const { audited, log, operations, services } = this.#parts;
    const { user } = request;
    const from = services.show(service).state;
    const entry = { actor: user.id, target: service.id, action, reason, from };
    try {
      operations.check({ service, action });
    } catch (error) {
      log({ event: 'console.denied', message: error instanceof Error ? error.message : '', ...entry });
      throw error;
    }
    const target = { type: 'service', id: service.id };
    const intent = { action: `service.${action}`, target, reason, before: { state: from } };
    const conclude = audited.begin(request, intent);
    const operation = operations.begin({ service, user, from, action, reason }, ({ id, state, message }) => {
      const after = { operation: id, message, state: services.show(service).state };
      conclude(state === 'applied' ? 'applied' : 'failed', after);
    });
    log({ event: 'console.action', message: `${action} of ${service.name} was requested`, ...entry });
    audited.remember(request, operation);
    return operation;
  }

  /** Publishes a step of an operation, or its end. */
  changed(operation: OperationView, { service, user, reason, action, from }: OperationRequest): void {
    const { feed, log, services } = this.#parts;
    if (operation.ended_at === null) {
      feed.publish({ kind: 'operation', operation });
      return;
    }
    const isDone = operation.state === 'applied';
    log({
      event: isDone ? 'console.operation.succeeded' : 'console.operation.failed',
      message: operation.message ?? '',
      actor: user.id,
      target: operation.service,
      action,
      reason,
      from,
      to: services.show(service).state,
    });
    feed.record(
      {
        at: operation.ended_at,
        kind: 'operation',
        target: operation.service,
        target_name: service.name,
        what: `${operation.action} ${isDone ? 'succeeded' : 'failed'}`,
        why: operation.message ?? '',
        actor: operation.actor,
      },
      operation,
    );
  }
}
