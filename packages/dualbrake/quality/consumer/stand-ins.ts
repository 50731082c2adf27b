/** What the README's examples take for granted. */
export interface Student {
  readonly id: string;
}

export const id = 's-1';
export const copies = new Map<string, Student>();
export const request = { signal: new AbortController().signal };
export const database = {
  getStudent: async (studentId: string, _options?: { readonly signal: AbortSignal }): Promise<Student> => ({
    id: studentId,
  }),
};
