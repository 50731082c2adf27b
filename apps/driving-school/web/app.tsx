import { AppShell, ConfirmDialog, type NavigationItem, notify, type PersonLink, ShortcutSwitch } from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { ConfirmIdentityDialog } from './account/confirm-identity-dialog.tsx';
import { AvailabilityBanner } from './availability-banner.tsx';
import { DemonstrationBanner } from './demonstration-banner.tsx';
import type { Role } from './contract-types.ts';
import { failureOf } from './failure.ts';
import { IdleDialog } from './idle-dialog.tsx';
import {
  currentAddress,
  currentPath,
  hasUnsavedChanges,
  navigate,
  pendingNavigation,
  search,
  settleNavigation,
} from './navigation.ts';
import { pages, sections } from './pages.ts';
import { roleNames } from './people/role-names.ts';
import { useHeadingFocus } from './platform/focus-heading.ts';
import { Loading, NoAccess, NotFound } from './platform/no-page.tsx';
import { findPage, navigationItems, type Route } from './platform/router.ts';
import { PageView, preloadAddress, preloadPages } from './platform/views.tsx';
import { GlobalSearch, SearchButton } from './search/global-search.tsx';
import { clearSearch } from './search/search-state.ts';
import { session, signOut, user } from './session.ts';
import { signInPage } from './sign-in/pages.ts';
import { returnPath, signInPath } from './sign-in/return-path.ts';
import { SignInDialog } from './sign-in/sign-in-dialog.tsx';
import { dropDrafts } from './students/student-draft.ts';
import { clearStudentList } from './students/student-list.ts';

/** Delay after sign-in before the other pages are loaded, in milliseconds: the first page loads its data first. */
const preloadDelayMs = 1_500;

/** The application: shows a page depending on the session, the role and the address. */
export function App(): JSX.Element {
  const { state } = session.value;
  const role = user.value?.role;
  const route = findPage(pages, currentPath.value, role);
  const page = typeof route === 'object' ? route.page : undefined;

  useEffect(() => {
    preloadAddress(currentPath.value);
    preloadAddress(signInPage.path);
  }, []);

  useEffect(() => {
    // An expired session with unsaved changes shows the sign-in dialog over the page instead.
    const mustSignIn = state === 'signed-out' || (state === 'expired' && !hasUnsavedChanges());
    // The next user of this screen must not see the previous user's search.
    if (mustSignIn) {
      clearStudentList();
      clearSearch();
    }
    if (mustSignIn && page?.access !== 'anyone') navigate(signInPath(currentAddress.value), { replace: true });
    // Remove drafts of other users in this tab.
    if (state === 'signed-in' && user.value !== undefined) dropDrafts(sessionStorage, { exceptOf: user.value.id });
    if (state === 'signed-in' && page === signInPage) {
      const next = returnPath(search.value.get('next'));
      // Operators work in the console. Only after signing in, so that its link back to the school works.
      if (next === '/' && role === 'operator') location.replace('/admin');
      else navigate(`${next}${location.hash}`, { replace: true });
    }
  }, [state, page, role]);

  useEffect(() => {
    if (state !== 'signed-in') return undefined;
    const timer = setTimeout(() => preloadPages(role), preloadDelayMs);
    return () => clearTimeout(timer);
  }, [state, role]);

  if (page?.access === 'anyone' && page !== signInPage) return <PageView page={page} parameters={{}} />;
  if (state === 'unknown') return <Loading />;
  if (user.value === undefined || page === signInPage) return <PageView page={signInPage} parameters={{}} />;
  return <SignedInApp route={route} />;
}

function SignedInApp({ route }: { readonly route: Route }): JSX.Element | null {
  const { state } = session.value;
  useHeadingFocus(currentAddress.value);
  const person = user.value;
  if (person === undefined) return null;
  const canSearch = person.role !== 'operator';
  return (
    <>
      <AppShell
        brand={{ name: 'Driving School', href: '/' }}
        navigation={navigationFor(person.role, route)}
        person={{ name: person.name, role: roleNames[person.role], links: personLinks }}
        onSignOut={() => void signOutAndDropDrafts()}
        banner={
          <>
            <DemonstrationBanner />
            <AvailabilityBanner />
          </>
        }
        search={canSearch ? <SearchButton /> : undefined}
        settings={canSearch && <ShortcutSwitch label="Press / to search" />}
        pageKey={currentAddress.value}
      >
        {route === 'not-found' ? <NotFound /> : route === 'no-access' ? <NoAccess /> : <PageView {...route} />}
      </AppShell>
      {pendingNavigation.value !== undefined && (
        <ConfirmDialog
          title="Leave without saving?"
          confirmLabel="Discard changes"
          cancelLabel="Keep editing"
          danger
          onConfirm={() => settleNavigation({ discard: true })}
          onClose={() => settleNavigation({ discard: false })}
        >
          <p>Your changes on this page haven’t been saved.</p>
        </ConfirmDialog>
      )}
      {state === 'signed-in' && <IdleDialog />}
      {canSearch && <GlobalSearch />}
      <ConfirmIdentityDialog />
      {state === 'expired' && hasUnsavedChanges() && <SignInDialog />}
    </>
  );
}

const personLinks: readonly PersonLink[] = [{ href: '/account', label: 'My account', icon: 'account' }];

function navigationFor(role: Role, route: Route): NavigationItem[] {
  const items = navigationItems(sections, role, typeof route === 'object' ? route.page : undefined);
  // The console is a separate application.
  return role === 'instructor' ? items : [...items, { href: '/admin', label: 'System status', icon: 'pulse' }];
}

async function signOutAndDropDrafts(): Promise<void> {
  try {
    await signOut();
    dropDrafts(sessionStorage);
  } catch (error) {
    notify(failureOf(error).detail, { tone: 'danger' });
  }
}
