import { z } from 'zod';
import { ruleSetAnswerSchema, ruleSetCreateSchema, ruleSetListSchema } from '../../contract/rule-sets.ts';
import { requireRole } from '../platform/http/access.ts';
import { changeRequestOf, createHeaders, etagOf } from '../platform/http/change-headers.ts';
import type { HttpServer } from '../platform/http/http.ts';
import { answerLive } from '../platform/http/live-answer.ts';
import { noCopyProblem, ProblemError } from '../platform/http/problems.ts';
import { ruleSetProblem } from './rule-set-problems.ts';
import type { RuleSetService } from './rule-set-service.ts';

const tags = ['Rules'];
const path = z.object({ rule_set_id: z.uuid('This is not the ID of a rule set.') });

/** Adds `/api/rule-sets`. */
export function registerRules(app: HttpServer, { service }: { readonly service: RuleSetService }): void {
  void app.register(async (inner) => {
    inner.setErrorHandler((error, request) => {
      const isRead = request.routeOptions.config.isRead === true && !(error instanceof ProblemError);
      throw ruleSetProblem(error) ?? (isRead ? noCopyProblem(error) : undefined) ?? error;
    });
    registerRuleSets(inner, service);
  });
}

function registerRuleSets(app: HttpServer, service: RuleSetService): void {
  app.get(
    '/api/rule-sets',
    {
      preHandler: requireRole('owner', 'office'),
      config: { isRead: true },
      schema: {
        tags,
        summary: 'List the rules of the school, with their days',
        description: 'The latest first. A course keeps the rules of its first day.',
        response: { 200: ruleSetListSchema },
      },
    },
    async (request, reply) => {
      return answerLive(await service.list(request.actor, request.recovery), reply);
    },
  );

  app.get(
    '/api/rule-sets/:rule_set_id',
    {
      preHandler: requireRole('owner', 'office'),
      config: { isRead: true },
      schema: {
        tags,
        record: 'rule_set',
        summary: 'Get a rule set',
        params: path,
        response: { 200: ruleSetAnswerSchema },
      },
    },
    async (request, reply) => {
      return answerLive(await service.read(request.actor, request.params.rule_set_id, request.recovery), reply);
    },
  );

  app.post(
    '/api/rule-sets',
    {
      preHandler: requireRole('owner'),
      schema: {
        tags,
        refusals: { 409: { rule_set_day_taken: 'The rules already change on this day.' } },
        summary: 'Change the rules from a day on',
        description: 'The set that held on that day ends the day before. Days in the past keep their rules.',
        headers: createHeaders,
        body: ruleSetCreateSchema,
        response: { 201: ruleSetAnswerSchema },
      },
    },
    async (request, reply) => {
      const answer = await service.create(request.body, changeRequestOf(request));
      reply.code(201).header('location', `/api/rule-sets/${answer.data.id}`).header('etag', etagOf(answer.data));
      return answer;
    },
  );

  app.delete(
    '/api/rule-sets/:rule_set_id',
    {
      preHandler: requireRole('owner'),
      schema: {
        tags,
        record: 'rule_set',
        refusals: { 409: { rule_set_in_use: 'The rules hold already, or a course keeps them.' } },
        summary: 'Delete a change of the rules that is not in effect yet',
        params: path,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await service.remove(request.params.rule_set_id, changeRequestOf(request));
      return reply.code(204).send(null);
    },
  );
}
