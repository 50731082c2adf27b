/** Policies as decorators on a method. */
import { attemptsOf } from 'dualbrake';
import { circuitBreaker, retry } from 'dualbrake/decorators';

class StudentService {
  @circuitBreaker()
  @retry({ strategy: 'exponential', baseMs: 5 })
  async getStudentData(studentId: string): Promise<string> {
    throw Object.assign(new Error(`read ECONNRESET for ${studentId}`), { code: 'ECONNRESET', syscall: 'read' });
  }
}

try {
  await new StudentService().getStudentData('s-1');
} catch (error) {
  const attempts = attemptsOf(error);
  process.stdout.write(`${attempts?.length} attempts, stopped by: ${attempts?.stoppedBy}\n`);
}
