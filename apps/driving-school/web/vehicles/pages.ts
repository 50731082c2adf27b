import { definePage } from '../platform/define-page.ts';

const office = ['owner', 'office'] as const;
const readers = ['owner', 'office', 'instructor'] as const;

export const vehiclesPage = definePage({
  path: '/vehicles',
  title: 'Cars',
  access: readers,
  navigation: { icon: 'car' },
  view: async () => (await import('./vehicles-page.tsx')).VehiclesPage,
});

export const vehicleNewPage = definePage({
  path: '/vehicles/new',
  title: 'New car',
  access: office,
  view: async () => (await import('./vehicle-new-page.tsx')).VehicleNewPage,
});

export const vehiclePage = definePage({
  path: '/vehicles/:vehicleId',
  title: 'Car',
  access: readers,
  view: async () => (await import('./vehicle-page.tsx')).VehiclePage,
});

export const vehicleEditPage = definePage({
  path: '/vehicles/:vehicleId/edit',
  title: 'Edit car',
  access: office,
  view: async () => (await import('./vehicle-edit-page.tsx')).VehicleEditPage,
});

export const vehiclePages = [vehiclesPage, vehicleNewPage, vehiclePage, vehicleEditPage];
