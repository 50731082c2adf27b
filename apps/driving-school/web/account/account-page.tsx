import { Card, DataList, PageHeader } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { api } from '../api.ts';
import type { SessionUser } from '../contract-types.ts';
import { roleMeanings, roleNames } from '../people/role-names.ts';
import { RefreshFailure, ResourceView } from '../platform/resource-view.tsx';
import { SkeletonCard } from '../platform/skeletons.tsx';
import { useResource } from '../platform/use-resource.ts';
import { OwnSessions } from './own-sessions.tsx';
import { PasswordCard } from './password-card.tsx';
import { PolicyCard } from './policy-card.tsx';
import { SecondFactorCard } from './second-factor-card.tsx';
import './account.css';

/** The page of the user's own name, password, second factor and sessions. For every role. */
export function AccountPage(): JSX.Element {
  const account = useResource(api.account);
  const reload = (): void => void account.load();
  return (
    <div class="page page-account">
      <PageHeader title="My account" description="Your password, your second factor and your devices." />
      <RefreshFailure resource={account} title="Your account could not be refreshed" />
      <ResourceView resource={account} name="Your account" skeleton={<SkeletonCard />}>
        {(shown) => (
          <>
            <ProfileCard user={shown.user} />
            <PasswordCard user={shown.user} />
            <SecondFactorCard account={shown} onChanged={reload} />
            {shown.user.role === 'owner' && <PolicyCard account={shown} onChanged={reload} />}
            <OwnSessions />
          </>
        )}
      </ResourceView>
    </div>
  );
}

function ProfileCard({ user }: { readonly user: SessionUser }): JSX.Element {
  return (
    <Card title="You" flush>
      <DataList
        facts={[
          { name: 'Name', value: user.name },
          { name: 'E-mail', value: user.email },
          {
            name: 'Role',
            value: (
              <>
                {roleNames[user.role]}
                <span class="muted"> · {roleMeanings[user.role]}</span>
              </>
            ),
          },
        ]}
      />
      <p class="card-foot field-hint">
        {user.role === 'owner'
          ? 'Change names and roles under People.'
          : 'To change your name or role, ask the owner of the school.'}
      </p>
    </Card>
  );
}
