import {
  AppShell,
  ConfirmDialog,
  EmptyState,
  LinkButton,
  type NavigationItem,
  notify,
  type PersonLink,
  PageHeader,
  ShortcutSwitch,
  lazyPage,
} from '@dualbrake/kit';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { ConfirmIdentityDialog } from './account/confirm-identity-dialog.tsx';
import { AvailabilityBanner } from './availability-banner.tsx';
import { failureOf } from './failure.ts';
import { IdleDialog } from './idle-dialog.tsx';
import { answerLeave, currentPath, hasUnsaved, navigate, pendingLeave, route, search } from './navigation.ts';
import { usePageTitle } from './page-title.ts';
import type { Role } from './contract-types.ts';
import { roleNames } from './people/role-names.ts';
import { returnPath, type Route, signInPath } from './routes.ts';
import { availability, mayWrite, session, signOut, user } from './session.ts';
import { SignInDialog } from './sign-in/sign-in-dialog.tsx';
import { SignInPage } from './sign-in/sign-in-page.tsx';
import { dropDrafts } from './students/student-draft.ts';
import { forgetStudentList } from './students/student-list.ts';
import { StudentListPage } from './students/student-list-page.tsx';
import { StudentPage } from './students/student-page.tsx';

const studentNew = lazyPage(async () => {
  await readyForContract();
  return (await import('./students/student-new-page.tsx')).StudentNewPage;
});
const studentEdit = lazyPage(async () => {
  await readyForContract();
  return (await import('./students/student-edit-page.tsx')).StudentEditPage;
});
const studentImport = lazyPage(async () => {
  await readyForContract();
  return (await import('./students/student-import-page.tsx')).StudentImportPage;
});
const people = lazyPage(async () => {
  await readyForContract();
  return (await import('./people/people-page.tsx')).PeoplePage;
});
const audit = lazyPage(async () => (await import('./audit/audit-page.tsx')).AuditPage);
const account = lazyPage(async () => {
  await readyForContract();
  return (await import('./account/account-page.tsx')).AccountPage;
});
const welcome = lazyPage(async () => {
  await readyForContract();
  return (await import('./welcome/welcome-page.tsx')).WelcomePage;
});

/** The rules in contract/ come with zod, which must be told about the content security policy first. */
async function readyForContract(): Promise<void> {
  await import('./zod-without-eval.ts');
}

/** The whole application: shows a page by session, role and address. */
export function App(): JSX.Element {
  const { state } = session.value;
  const { page } = route.value;
  const person = user.value;

  useEffect(() => {
    // An expired session with something typed on the page asks for the password over it; see SignInDialog below.
    const mustSignIn = state === 'signed-out' || (state === 'expired' && !hasUnsaved());
    // Nothing of one person's search is left for the next one at the same screen.
    if (mustSignIn) forgetStudentList();
    if (mustSignIn && page !== 'sign-in' && page !== 'welcome')
      navigate(signInPath(currentPath.value), { replace: true });
    // What somebody else typed in this tab, and did not save, is nobody's business now.
    if (state === 'signed-in' && person !== undefined) dropDrafts(sessionStorage, { exceptOf: person.id });
    if (state === 'signed-in' && page === 'sign-in') {
      const next = returnPath(search.value.get('next'));
      // Operators work in the console. Only after signing in: a way back to the school must not lead in a circle.
      if (next === '/' && person?.role === 'operator') location.replace('/admin');
      else navigate(`${next}${location.hash}`, { replace: true });
    }
  }, [state, page, person?.role]);

  useEffect(() => {
    if (state !== 'signed-in' || !mayWrite.value) return undefined;
    const timer = setTimeout(() => {
      for (const { preload } of [studentEdit, studentNew, studentImport]) preload();
    }, 1_500);
    return () => clearTimeout(timer);
  }, [state]);

  if (page === 'welcome') return <welcome.Page />;
  if (state === 'unknown') return <Opening />;
  if (page === 'sign-in' || person === undefined) return <SignInPage />;

  return (
    <>
      <AppShell
        brand={{ name: 'Driving School', href: '/' }}
        navigation={navigationFor(person.role, page)}
        person={{ name: person.name, role: roleNames[person.role], links: personLinks }}
        onSignOut={() => void leave()}
        banner={<AvailabilityBanner />}
        settings={<ShortcutSwitch label="Press / to search" />}
        pageKey={currentPath.value}
      >
        <FocusOnNewPage />
        <CurrentPage />
      </AppShell>
      {pendingLeave.value !== undefined && (
        <ConfirmDialog
          title="Leave without saving?"
          confirmLabel="Discard changes"
          cancelLabel="Keep editing"
          danger
          onConfirm={() => answerLeave(true)}
          onClose={() => answerLeave(false)}
        >
          <p>What you changed on this page has not been saved.</p>
        </ConfirmDialog>
      )}
      {state === 'signed-in' && <IdleDialog />}
      <ConfirmIdentityDialog />
      {state === 'expired' && hasUnsaved() && <SignInDialog />}
    </>
  );
}

const personLinks: readonly PersonLink[] = [{ href: '/account', label: 'My account', icon: 'account' }];

function CurrentPage(): JSX.Element {
  const { value: now } = route;
  const person = user.value;
  const forOffice = mayWrite.value;
  switch (now.page) {
    case 'students':
      return person?.role === 'operator' ? <OperatorHome /> : <StudentListPage />;
    case 'student':
      return person?.role === 'operator' ? (
        <NotForYou />
      ) : (
        <StudentPage key={now.studentId} studentId={now.studentId} />
      );
    case 'student-edit':
      return forOffice ? <studentEdit.Page key={now.studentId} studentId={now.studentId} /> : <NotForYou />;
    case 'student-new':
      return forOffice ? <studentNew.Page /> : <NotForYou />;
    case 'student-import':
      return forOffice ? <studentImport.Page /> : <NotForYou />;
    case 'people':
      return person?.role === 'owner' ? <people.Page /> : <NotForYou />;
    case 'audit':
      return person?.role === 'owner' ? <audit.Page /> : <NotForYou />;
    case 'account':
      return <account.Page />;
    case 'sign-in':
    case 'welcome':
    case 'not-found':
    default:
      return <NotFound />;
  }
}

/**
 * After a change of page the heading gets the focus, as it would after a page load; screen readers read it. A page that
 * is still being read may show its heading later, or another one: until a key is pressed the focus goes there too.
 */
function FocusOnNewPage(): null {
  const path = currentPath.value;
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const focusHeading = (): void => document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    focusHeading();
    const watch = new MutationObserver(() => {
      if (document.activeElement === document.body) focusHeading();
    });
    const stop = (): void => {
      watch.disconnect();
      removeEventListener('keydown', stop, true);
      removeEventListener('pointerdown', stop, true);
    };
    const main = document.getElementById('main');
    if (main !== null) watch.observe(main, { childList: true, subtree: true });
    addEventListener('keydown', stop, true);
    addEventListener('pointerdown', stop, true);
    return stop;
  }, [path]);
  return null;
}

function Opening(): JSX.Element {
  usePageTitle('Opening');
  const { state } = availability.value;
  return (
    <main class="gate" id="main">
      <h1 class="visually-hidden">Driving School</h1>
      {state === 'live' ? (
        <p class="muted" role="status">
          Opening…
        </p>
      ) : (
        <EmptyState
          icon="warning"
          title={state === 'copies' ? 'The database is not ready yet' : "The server can't be reached"}
        >
          Retrying automatically.
        </EmptyState>
      )}
    </main>
  );
}

function NotFound(): JSX.Element {
  usePageTitle('Page not found');
  return (
    <div class="page">
      <PageHeader title="Page not found" description="There is no page at this address." />
      <div>
        <LinkButton href="/">{user.value?.role === 'operator' ? 'Go to the start page' : 'Go to students'}</LinkButton>
      </div>
    </div>
  );
}

function NotForYou(): JSX.Element {
  usePageTitle("You don't have access");
  return (
    <div class="page">
      <PageHeader
        title="You don't have access"
        description="Your role does not include this page. The owner can change your role under People."
      />
      <div>
        <LinkButton href="/">{user.value?.role === 'operator' ? 'Go to the start page' : 'Go to students'}</LinkButton>
      </div>
    </div>
  );
}

/** Where people land whose role has no students: what they can do here, and the way to the console. */
function OperatorHome(): JSX.Element {
  usePageTitle('Driving School');
  return (
    <div class="page">
      <PageHeader
        title="Driving School"
        description="Your role operates the system and has no access to students. The owner can change your role under People."
      />
      <div>
        <LinkButton variant="primary" href="/admin">
          Open the console
        </LinkButton>
      </div>
    </div>
  );
}

function navigationFor(role: Role, page: Route['page']): NavigationItem[] {
  const items: NavigationItem[] = [];
  if (role === 'operator') {
    items.push({ href: '/', label: 'Home', icon: 'wheel', current: page === 'students' ? 'page' : undefined });
  } else {
    items.push({
      href: '/',
      label: 'Students',
      icon: 'student',
      current: page === 'students' ? 'page' : page.startsWith('student') ? 'section' : undefined,
    });
  }
  if (role === 'owner') {
    items.push({ href: '/people', label: 'People', icon: 'people', current: page === 'people' ? 'page' : undefined });
    items.push({ href: '/audit', label: 'Audit log', icon: 'audit', current: page === 'audit' ? 'page' : undefined });
  }
  if (role !== 'instructor') items.push({ href: '/admin', label: 'System status', icon: 'pulse' });
  return items;
}

async function leave(): Promise<void> {
  try {
    await signOut();
    dropDrafts(sessionStorage);
  } catch (error) {
    notify(failureOf(error).detail, { tone: 'danger' });
  }
}
