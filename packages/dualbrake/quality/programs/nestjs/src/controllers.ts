import {
  applyDecorators,
  Body,
  Controller,
  Get,
  Header,
  HttpCode,
  Param,
  ParseIntPipe,
  Post,
  ServiceUnavailableException,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty } from '@nestjs/swagger';
import { IsInt } from 'class-validator';
import { pipeline, retry as retryPolicy } from 'dualbrake';
import { bulkhead, circuitBreaker, guarded, retry, timeout } from 'dualbrake/decorators';
import { Dependency, StudentService } from './dependency';
import { Envelope, RecoveryFilter, Roles, RolesGuard } from './http';

class Answer {
  @ApiProperty() id!: number;
  @ApiProperty() attempts!: number;
}

class Lesson {
  @ApiProperty() @IsInt() minutes!: number;
}

const retries = { strategy: 'immediate' } as const;
const again = pipeline('again', [retryPolicy(retries)]);

/** Everything that NestJS keeps on a route, with the decorators of dualbrake above, below, and in between. */
@Controller('orders')
export class Orders {
  constructor(private readonly dependency: Dependency) {}

  @circuitBreaker()
  @retry(retries)
  @Get('above/:id')
  @HttpCode(202)
  @Header('x-own', 'kept')
  @Roles('admin')
  @UseGuards(RolesGuard)
  @UseInterceptors(Envelope)
  @ApiOperation({ summary: 'above' })
  @ApiOkResponse({ type: Answer })
  async above(@Param('id', ParseIntPipe) id: number): Promise<Answer> {
    return { id, attempts: await this.dependency.ask() };
  }

  @Get('below/:id')
  @HttpCode(202)
  @Header('x-own', 'kept')
  @Roles('admin')
  @UseGuards(RolesGuard)
  @UseInterceptors(Envelope)
  @ApiOperation({ summary: 'below' })
  @ApiOkResponse({ type: Answer })
  @circuitBreaker()
  @retry(retries)
  async below(@Param('id', ParseIntPipe) id: number): Promise<Answer> {
    return { id, attempts: await this.dependency.ask() };
  }

  @circuitBreaker()
  @Get('between/:id')
  @bulkhead({ limit: 10 })
  @HttpCode(202)
  @Header('x-own', 'kept')
  @retry(retries)
  @UseGuards(RolesGuard)
  @timeout({ limitMs: 60_000 })
  @Roles('admin')
  @UseInterceptors(Envelope)
  @ApiOperation({ summary: 'between' })
  @ApiOkResponse({ type: Answer })
  async between(@Param('id', ParseIntPipe) id: number): Promise<Answer> {
    return { id, attempts: await this.dependency.ask() };
  }

  @Get('guarded/:id')
  @HttpCode(202)
  @Header('x-own', 'kept')
  @guarded(again)
  @UseGuards(RolesGuard)
  @Roles('admin')
  @UseInterceptors(Envelope)
  @ApiOperation({ summary: 'guarded' })
  @ApiOkResponse({ type: Answer })
  async guarded(@Param('id', ParseIntPipe) id: number): Promise<Answer> {
    return { id, attempts: await this.dependency.ask() };
  }

  @Composed('composed/:id')
  async composed(@Param('id', ParseIntPipe) id: number): Promise<Answer> {
    return { id, attempts: await this.dependency.ask() };
  }

  @retry({ ...retries, scope: 'instance' })
  @Post('lessons')
  @UsePipes(new ValidationPipe({ whitelist: true }))
  async lesson(@Body() lesson: Lesson): Promise<object> {
    return { ...lesson, attempts: await this.dependency.ask() };
  }
}

/** `applyDecorators` begins with its first argument, so that the last one is outermost. */
function Composed(path: string): MethodDecorator {
  return applyDecorators(
    retry(retries) as MethodDecorator,
    UseGuards(RolesGuard),
    Roles('admin'),
    circuitBreaker() as MethodDecorator,
    Get(path),
    HttpCode(202),
    Header('x-own', 'kept'),
    UseInterceptors(Envelope),
    ApiOperation({ summary: 'composed' }),
    ApiOkResponse({ type: Answer }),
  );
}

/** Inherits a route; the override has a guard that the inherited one has not. */
export class Base {
  constructor(protected readonly dependency: Dependency) {}

  @retry(retries)
  @Get('inherited')
  async inherited(): Promise<object> {
    return { attempts: await this.dependency.ask() };
  }

  @Get('overridden')
  @retry(retries)
  async overridden(): Promise<object> {
    return { base: true };
  }
}

@Controller('derived')
export class Derived extends Base {
  constructor(dependency: Dependency) {
    super(dependency);
  }

  @retry(retries)
  @Get('overridden')
  @Roles('admin')
  @UseGuards(RolesGuard)
  override async overridden(): Promise<object> {
    return { ...(await super.overridden()), derived: true };
  }
}

@Controller('students')
@UseFilters(RecoveryFilter)
export class Students {
  constructor(private readonly students: StudentService) {}

  @Get('one')
  one(): Promise<object> {
    return this.students.find();
  }

  @Get('missing')
  missing(): Promise<object> {
    return this.students.findMissing();
  }

  @Get('closed')
  closed(): never {
    throw new ServiceUnavailableException('Closed on Sundays');
  }

  @Get('list')
  async list(): Promise<number[]> {
    const items: number[] = [];
    for await (const item of this.students.list()) items.push(item);
    return items;
  }
}
