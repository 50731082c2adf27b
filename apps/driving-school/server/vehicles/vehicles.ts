export { vehicleFacts } from './vehicle-facts.ts';
