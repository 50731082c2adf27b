import { createSchool, registerSchool } from '../school.ts';
import { testSchool, type TestSchool, type TestSchoolOptions } from '../students/testing/test-school.ts';

/** A test school with every slice, as the application assembles them. */
export function wholeSchool(options: Omit<TestSchoolOptions, 'assemble'> = {}): Promise<TestSchool> {
  return testSchool({
    ...options,
    assemble: (slices) => {
      const school = createSchool(slices);
      return { students: school.students, register: (app) => registerSchool(app, school, slices) };
    },
  });
}
