/** The same text must compile, and do the same, as standard decorators and under `experimentalDecorators`. */
import { CircuitBreaker, Registry } from 'dualbrake';
import { bulkhead, circuitBreaker, fallback, retry, timeout } from 'dualbrake/decorators';

const registry = new Registry();
const shared = new CircuitBreaker({ name: 'students-db' });

class StudentService {
  calls = 0;

  @circuitBreaker({ registry })
  @retry({ strategy: 'immediate' })
  async find(studentId: string): Promise<string> {
    this.calls += 1;
    if (this.calls < 3) throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
    return `student ${studentId}`;
  }

  @circuitBreaker(shared)
  @fallback({ to: 0 })
  @bulkhead({ limit: 2 })
  @timeout({ limitMs: 60_000 })
  async count(): Promise<number> {
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED', syscall: 'connect' });
  }
}

export async function exerciseDecorators(): Promise<Readonly<Record<string, unknown>>> {
  const service = new StudentService();
  // The types are those of the methods as they are written.
  const found: string = await service.find('s-1');
  const counted: number = await service.count();
  const find = Object.getOwnPropertyDescriptor(StudentService.prototype, 'find')?.value as {
    name: string;
    length: number;
  };
  return {
    found,
    calls: service.calls,
    counted,
    method: `${find.name}/${find.length}`,
    listed: registry.has('StudentService.find'),
  };
}

/** What `exerciseDecorators` must answer. */
export const expectedOfDecorators = { found: 'student s-1', calls: 3, counted: 0, method: 'find/1', listed: true };
