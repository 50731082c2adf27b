import { Banner, Button, Card, DataList, EmptyState, PageHeader, Skeleton } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api.ts';
import type { Account } from '../contract-types.ts';
import { type Failure, failureOf } from '../failure.ts';
import { usePageTitle } from '../page-title.ts';
import { roleMeanings, roleNames } from '../people/role-names.ts';
import { refreshAfterOutage } from '../session.ts';
import { OwnSessions } from './own-sessions.tsx';
import { PasswordCard } from './password-card.tsx';
import { RuleCard } from './rule-card.tsx';
import { SecondFactorCard } from './second-factor-card.tsx';

/** *My account*: name, password, second factor, and where one is signed in. For every role. */
export function AccountPage(): JSX.Element {
  usePageTitle('My account');
  const [account, setAccount] = useState<Account | undefined>(undefined);
  const [failure, setFailure] = useState<Failure | undefined>(undefined);

  const read = async (): Promise<'live' | 'copy'> => {
    try {
      setAccount((await api.account()).body);
      setFailure(undefined);
      return 'live';
    } catch (error) {
      const failed = failureOf(error);
      setFailure(failed);
      return failed.status === undefined || failed.status >= 500 ? 'copy' : 'live';
    }
  };
  useEffect(() => {
    void read();
    return refreshAfterOutage(read);
  }, []);

  return (
    <div class="page page-account">
      <PageHeader title="My account" description="Your password, your second factor and your devices." />
      {account === undefined ? (
        failure === undefined ? (
          <div class="loading-card" role="status">
            <span class="visually-hidden">Loading…</span>
            <Skeleton width="40%" />
            <Skeleton width="60%" />
          </div>
        ) : (
          <EmptyState
            icon="clock"
            title="Your account can’t be shown right now"
            actions={<Button onClick={() => void read()}>Try again</Button>}
          >
            {failure.detail}
          </EmptyState>
        )
      ) : (
        <>
          {failure !== undefined && (
            <Banner tone="warning" title={failure.title}>
              <p>{failure.detail}</p>
            </Banner>
          )}
          <Card title="You" flush>
            <DataList
              facts={[
                { name: 'Name', value: account.user.name },
                { name: 'E-mail', value: account.user.email },
                {
                  name: 'Role',
                  value: (
                    <>
                      {roleNames[account.user.role]}
                      <span class="muted"> · {roleMeanings[account.user.role]}</span>
                    </>
                  ),
                },
              ]}
            />
            <p class="card-foot field-hint">
              {account.user.role === 'owner'
                ? 'Names and roles are changed under People.'
                : 'To change your name or role, ask the owner of the school.'}
            </p>
          </Card>
          <PasswordCard user={account.user} />
          <SecondFactorCard account={account} onChanged={() => void read()} />
          {account.user.role === 'owner' && <RuleCard account={account} onChanged={() => void read()} />}
          <OwnSessions />
        </>
      )}
    </div>
  );
}
