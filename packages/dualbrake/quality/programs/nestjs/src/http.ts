import {
  Catch,
  HttpException,
  Injectable,
  SetMetadata,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { BaseExceptionFilter, Reflector } from '@nestjs/core';
import { problemMediaType, toProblem } from 'dualbrake/fastify';
import { map, type Observable } from 'rxjs';

export const Roles = (...roles: string[]) => SetMetadata('roles', roles);

@Injectable()
export class RolesGuard implements CanActivate {
  static asked = 0;

  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    RolesGuard.asked += 1;
    const roles = this.reflector.getAllAndOverride<string[] | undefined>('roles', [
      context.getHandler(),
      context.getClass(),
    ]);
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    // Fails closed: a route whose roles cannot be read lets nobody in.
    return roles?.includes(headers['x-role'] ?? '') === true;
  }
}

@Injectable()
export class Envelope implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler<object>): Observable<object> {
    return next.handle().pipe(map((answer) => ({ data: answer })));
  }
}

interface Reply {
  status(code: number): Reply;
  setHeader(name: string, value: string): void;
  type(mediaType: string): Reply;
  send(body: string): void;
}

/** Answers refusals, timeouts and failed dependencies with the right status; leaves everything else to NestJS. */
@Catch()
export class RecoveryFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    // Exceptions that the application throws have their own answer.
    const problem = error instanceof HttpException ? undefined : toProblem(error);
    if (problem === undefined) {
      super.catch(error, host);
      return;
    }
    const { retryAfterSeconds, ...body } = problem;
    const reply = host.switchToHttp().getResponse<Reply>();
    if (retryAfterSeconds !== undefined) reply.setHeader('Retry-After', String(retryAfterSeconds));
    reply.status(problem.status).type(problemMediaType).send(JSON.stringify(body));
  }
}
