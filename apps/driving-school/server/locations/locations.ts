export { locationFacts, schoolZone } from './location-facts.ts';
