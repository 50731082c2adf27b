export { ruleSetOn, ruleSetsById } from './rule-facts.ts';
