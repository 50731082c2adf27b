/** Starts the application, asks it over HTTP, and writes one line of JSON: what came back. */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { defaultRegistry } from 'dualbrake';
import { Background } from './background';
import { Derived, Orders, Students } from './controllers';
import { Dependency, StudentService } from './dependency';
import { RolesGuard } from './http';

@Module({
  imports: [ScheduleModule.forRoot(), EventEmitterModule.forRoot()],
  controllers: [Orders, Derived, Students],
  providers: [Dependency, StudentService, Background],
})
class Application {}

async function main(): Promise<void> {
  const app = await NestFactory.create(Application, { logger: false });
  const document = SwaggerModule.createDocument(app, new DocumentBuilder().setTitle('School').build());
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const dependency = app.get(Dependency);

  /** Asks while the dependency fails `failures` times; tells how often it was called. */
  async function ask(path: string, { role = '', failures = 0, body = undefined as object | undefined } = {}) {
    dependency.failNext(failures);
    RolesGuard.asked = 0;
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const headers = { 'x-role': role, 'content-type': 'application/json' };
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    const text = await answer.text();
    return {
      status: answer.status,
      own: answer.headers.get('x-own'),
      retryAfter: answer.headers.get('retry-after'),
      type: answer.headers.get('content-type')?.split(';')[0],
      body: JSON.parse(text) as Record<string, unknown>,
      calls: dependency.calls,
      guardAsked: RolesGuard.asked,
    };
  }

  const orders: Record<string, unknown> = {};
  for (const order of ['above', 'below', 'between', 'guarded', 'composed']) {
    orders[order] = {
      nobody: await ask(`/orders/${order}/7`),
      wrongRole: await ask(`/orders/${order}/7`, { role: 'user' }),
      admin: await ask(`/orders/${order}/7`, { role: 'admin', failures: 1 }),
      badId: await ask(`/orders/${order}/seven`, { role: 'admin' }),
    };
  }
  const students: unknown[] = [];
  for (let call = 0; call < 4; call += 1) students.push(await ask('/students/one', { failures: call === 0 ? 1 : 99 }));
  const missing: unknown[] = [];
  for (let call = 0; call < 4; call += 1) missing.push(await ask('/students/missing'));
  const list = await ask('/students/list', { failures: 1 });

  dependency.failNext(0);
  await app.get(EventEmitter2).emitAsync('student.added');

  const answers = {
    orders,
    lesson: await ask('/orders/lessons', { body: { minutes: 45, unknown: 1 }, failures: 1 }),
    badLesson: await ask('/orders/lessons', { body: { minutes: 'many' } }),
    inherited: await ask('/derived/inherited', { failures: 1 }),
    overridden: await ask('/derived/overridden'),
    overriddenAsAdmin: await ask('/derived/overridden', { role: 'admin' }),
    students,
    missing,
    closed: await ask('/students/closed'),
    list,
    intervals: app.get(SchedulerRegistry).getIntervals(),
    heard: app.get(Background).heard,
    document: Object.fromEntries(
      Object.entries(document.paths).map(([path, methods]) => [
        path,
        { methods: Object.keys(methods), summary: methods.get?.summary, responses: methods.get?.responses },
      ]),
    ),
    listed: defaultRegistry.report().map(({ name, members }) => [name, members.map(({ kind }) => kind)]),
  };
  await app.close();
  process.stdout.write(JSON.stringify(answers));
}

void main();
