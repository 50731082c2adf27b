import { Injectable, NotFoundException } from '@nestjs/common';
import { circuitBreaker, retry } from 'dualbrake/decorators';

/** Something that fails as often as it is told to. */
@Injectable()
export class Dependency {
  calls = 0;
  #failures = 0;

  failNext(count: number): void {
    this.calls = 0;
    this.#failures = count;
  }

  async ask(): Promise<number> {
    this.calls += 1;
    if (this.#failures > 0) {
      this.#failures -= 1;
      throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
    }
    return this.calls;
  }
}

@Injectable()
export class StudentService {
  constructor(private readonly dependency: Dependency) {}

  @circuitBreaker({ failureThreshold: 2, resetTimeoutMs: 600_000 })
  @retry({ strategy: 'immediate', maxAttempts: 3 })
  async find(): Promise<{ attempts: number }> {
    return { attempts: await this.dependency.ask() };
  }

  @circuitBreaker({ failureThreshold: 2, resetTimeoutMs: 600_000 })
  @retry({ strategy: 'immediate', maxAttempts: 3 })
  async findMissing(): Promise<never> {
    await this.dependency.ask();
    throw new NotFoundException('No such student');
  }

  @retry({ strategy: 'immediate' })
  async *list(): AsyncGenerator<number, void, undefined> {
    yield await this.dependency.ask();
    yield 100;
  }
}
