import { Injectable } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { Interval } from '@nestjs/schedule';
import { retry } from 'dualbrake/decorators';
import { Dependency } from './dependency';

const retries = { strategy: 'immediate' } as const;

/** What other packages of NestJS find by metadata. */
@Injectable()
export class Background {
  readonly heard: string[] = [];

  constructor(private readonly dependency: Dependency) {}

  @retry(retries)
  @Interval('above', 2_000_000_000)
  async above(): Promise<void> {}

  @Interval('below', 2_000_000_000)
  @retry(retries)
  async below(): Promise<void> {}

  @retry(retries)
  @OnEvent('student.added')
  async hearAbove(): Promise<void> {
    this.heard.push(`above: ${await this.dependency.ask()}`);
  }

  @OnEvent('student.added')
  @retry(retries)
  async hearBelow(): Promise<void> {
    this.heard.push(`below: ${await this.dependency.ask()}`);
  }
}
