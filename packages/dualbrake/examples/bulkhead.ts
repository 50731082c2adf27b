import { bulkhead } from 'dualbrake';

const slots = bulkhead({ name: 'reports', limit: 2, queue: 1 });
const report = (id: number): Promise<string> => new Promise((resolve) => setTimeout(resolve, 10, `report ${id}`));

const settled = await Promise.allSettled([1, 2, 3, 4].map((id) => slots.execute(() => report(id))));
for (const outcome of settled) console.info(outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason));
