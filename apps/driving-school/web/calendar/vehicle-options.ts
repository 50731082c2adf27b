import type { BookingWorld, Proposal } from '../../contract/booking/world.ts';
import { verdictOfVehicle } from './calendar-verdict.ts';
import type { Option } from './place-fields.tsx';

/** The cars to choose from, free ones first; the others say why not. */
export function vehicleOptions(world: BookingWorld | undefined, proposal: Proposal | undefined): Option[] {
  if (world === undefined) return [];
  if (proposal === undefined) return world.vehicles.map(({ id, name }) => ({ id, name }));
  const judged = world.vehicles
    .filter((vehicle: { readonly id: string; readonly status?: string }) => vehicle.status !== 'archived')
    .map((vehicle) => ({ vehicle, verdict: verdictOfVehicle(proposal, vehicle, world) }));
  const isFree = ({ verdict }: (typeof judged)[number]): boolean => verdict.kind === 'free';
  return [...judged.filter(isFree), ...judged.filter((each) => !isFree(each))].map(({ vehicle, verdict }) => ({
    id: vehicle.id,
    name:
      verdict.kind === 'free'
        ? vehicle.name
        : `${vehicle.name}: ${verdict.conflicts.length > 0 ? 'busy' : 'can’t be used'}`,
  }));
}
