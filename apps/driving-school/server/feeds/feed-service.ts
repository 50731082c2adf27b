import {
  type CalendarFeed,
  type CalendarFeedCreate,
  type CalendarFeedList,
  feedsPerInstructorMax,
} from '../../contract/calendar-feeds.ts';
import type { Actor } from '../../contract/session.ts';
import { AuditLog } from '../platform/audit/audit.ts';
import type { DatabaseHandle } from '../platform/database/handle.ts';
import type { RequestContext } from '../platform/database/unavailable.ts';
import type { ChangeRequest, UnitOfWork } from '../platform/unit-of-work.ts';
import type { WallClock } from '../platform/wall-clock.ts';
import type { Policies } from '../policies.ts';
import {
  FeedForbiddenError,
  FeedInstructorUnknownError,
  FeedLimitError,
  FeedLinkLostError,
  FeedNotFoundError,
} from './feed-errors.ts';
import type { FeedReader } from './feed-reader.ts';
import { feedRepository, type ListedFeed } from './feed-repository.ts';
import { type FeedTokens, tokenHash } from './feed-token.ts';

/** The parts of the service. */
export interface FeedServiceParts {
  readonly database: DatabaseHandle;
  readonly unitOfWork: UnitOfWork;
  readonly tokens: FeedTokens;
  readonly reader: FeedReader;
  readonly policies: Pick<Policies, 'databaseRead'>;
  readonly wallClock: WallClock;
  /** Makes the ID of a new row. */
  readonly newId: () => string;
}

/** Creates, lists and revokes calendar links. Reading them is `reader`. */
export class FeedService {
  readonly #parts: FeedServiceParts;

  constructor(parts: FeedServiceParts) {
    this.#parts = parts;
  }

  /** Reads calendar files. */
  get reader(): FeedReader {
    return this.#parts.reader;
  }

  /**
   * Creates a link. Recorded in the audit log: with it, names and pickup addresses leave the school.
   *
   * @returns the token, which is stored nowhere
   * @throws FeedForbiddenError; FeedInstructorUnknownError; FeedLimitError; FeedLinkLostError
   */
  async create(
    { instructor_id: instructorId }: CalendarFeedCreate,
    request: ChangeRequest,
  ): Promise<{ readonly id: string; readonly token: string }> {
    const { actor } = request;
    if (!maySee(actor, instructorId)) throw new FeedForbiddenError();
    const { unitOfWork, tokens, wallClock, newId } = this.#parts;
    const change = { ...request, operation: 'create calendar feed', request: { instructor_id: instructorId } };
    const { id, salt, hash } = await unitOfWork.change(change, async (transaction) => {
      const { schoolId, userId } = actor;
      if (!(await feedRepository.hasInstructor(transaction, schoolId, instructorId))) {
        throw new FeedInstructorUnknownError();
      }
      const { length } = await feedRepository.list(transaction, schoolId, instructorId);
      if (length >= feedsPerInstructorMax) throw new FeedLimitError();
      const created = { id: newId(), salt: tokens.newSalt() };
      const digest = tokenHash(tokens.tokenOf(created.salt));
      await feedRepository.insert(transaction, {
        id: created.id,
        school_id: schoolId,
        instructor_id: instructorId,
        token_hash: digest,
        created_at: new Date(wallClock.now().epochMilliseconds),
        created_by: userId,
      });
      await AuditLog.record(transaction, {
        schoolId,
        actorId: userId,
        action: 'calendar_feed.created',
        subjectKind: 'person',
        subjectId: instructorId,
      });
      return { ...created, hash: digest.toString('hex') };
    });
    const token = tokens.tokenOf(salt);
    if (tokenHash(token).toString('hex') !== hash) throw new FeedLinkLostError();
    return { id, token };
  }

  /** Lists the links that work. @param instructorId default: all that the user may see */
  async list(actor: Actor, instructorId: string | undefined, context?: RequestContext): Promise<CalendarFeedList> {
    if (instructorId !== undefined && !maySee(actor, instructorId)) throw new FeedForbiddenError();
    const { database, policies, wallClock } = this.#parts;
    const asOf = wallClock.now();
    const of = instructorId ?? (actor.role === 'instructor' ? actor.userId : undefined);
    const rows = await policies.databaseRead.execute(
      () => feedRepository.list(database, actor.schoolId, of),
      context ?? {},
    );
    return {
      data: rows.map((row) => this.#feed(row)),
      next_cursor: null,
      stale: false,
      as_of: asOf.toString({ smallestUnit: 'millisecond' }),
      complete: true,
    };
  }

  /** Reads one link. @throws FeedNotFoundError */
  async find(
    actor: Actor,
    id: string,
    context?: RequestContext,
  ): Promise<{ readonly data: CalendarFeed; readonly stale: boolean; readonly as_of: string }> {
    const { data, stale, as_of } = await this.list(actor, undefined, context);
    const found = data.find((feed) => feed.id === id);
    if (found === undefined) throw new FeedNotFoundError();
    return { data: found, stale, as_of };
  }

  /** Revokes a link, which may have been revoked already. @throws FeedNotFoundError */
  async revoke(id: string, request: ChangeRequest): Promise<void> {
    const { actor } = request;
    const { unitOfWork, reader, wallClock } = this.#parts;
    const change = { ...request, operation: `revoke calendar feed ${id}`, request: {} };
    const { hash } = await unitOfWork.change(change, async (transaction) => {
      const feed = await feedRepository.findForChange(transaction, actor.schoolId, id);
      if (feed === undefined || !maySee(actor, feed.instructor_id)) throw new FeedNotFoundError();
      if (feed.revoked_at === null) {
        await feedRepository.revoke(transaction, id, new Date(wallClock.now().epochMilliseconds));
        await AuditLog.record(transaction, {
          schoolId: actor.schoolId,
          actorId: actor.userId,
          action: 'calendar_feed.revoked',
          subjectKind: 'person',
          subjectId: feed.instructor_id,
        });
      }
      return { hash: feed.token_hash.toString('hex') };
    });
    reader.forget(Buffer.from(hash, 'hex'));
  }

  #feed({ id, instructor_id, instructor_name, created_at, token_hash }: ListedFeed): CalendarFeed {
    const lastRead = this.#parts.reader.lastReadAt(token_hash);
    return {
      id,
      instructor_id,
      instructor_name,
      created_at: created_at.toISOString(),
      last_read_at: lastRead?.toString({ smallestUnit: 'millisecond' }) ?? null,
    };
  }
}

/** Whether a user may create, see and revoke the links of an instructor. */
function maySee(actor: Actor, instructorId: string): boolean {
  return actor.role === 'owner' || actor.role === 'office' || actor.userId === instructorId;
}
