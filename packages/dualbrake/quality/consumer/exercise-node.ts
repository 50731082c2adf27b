/** What only Node has: the context of a call reaches code that has no parameter for it. */
import { pipeline, retry } from 'dualbrake';
import { currentContext, installAmbientContext } from 'dualbrake/node';

export async function exerciseNode(): Promise<Readonly<Record<string, unknown>>> {
  installAmbientContext();
  const outer = pipeline('outer', [retry()]);
  const inner = pipeline('inner', [retry()]);
  const seen = await outer.execute(
    async () => {
      await Promise.resolve();
      return inner.execute(() => currentContext()?.attributes['requestId']);
    },
    { attributes: { requestId: 'r-1' } },
  );
  return { seen, outside: currentContext() === undefined };
}

/** What `exerciseNode` must answer. */
export const expectedOfNode = { seen: 'r-1', outside: true };
