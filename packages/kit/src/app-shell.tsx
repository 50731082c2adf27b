import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { Icon, type IconName } from './icon.tsx';
import { LiveRegion } from './live-region.tsx';
import { ThemeSwitch } from './theme.tsx';
import { Toaster } from './toast.tsx';

export interface NavigationItem {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  /** `page`: this very page. `section`: a page under it. */
  readonly current?: 'page' | 'section' | undefined;
  /** A small mark at the end of the line, such as a badge. */
  readonly mark?: ComponentChildren;
}

/** A link under the person's name. */
export interface PersonLink {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
}

export interface AppShellProps {
  readonly brand: { readonly name: string; readonly href: string };
  readonly navigation: readonly NavigationItem[];
  /** Who is signed in; left out when nobody is. */
  readonly person?:
    { readonly name: string; readonly role: string; readonly links?: readonly PersonLink[] } | undefined;
  readonly onSignOut?: (() => void) | undefined;
  /** Across the top of every page: what is live, what is a copy, what is closed. */
  readonly banner?: ComponentChildren;
  /** Small settings of this device, under the person. */
  readonly settings?: ComponentChildren;
  /** Changes when another page is shown: the menu of a phone closes. */
  readonly pageKey: string;
  readonly children: ComponentChildren;
}

/** The frame of every page: skip link, navigation at the side (on a phone behind a button), banner, main. */
export function AppShell({
  brand,
  navigation,
  person,
  onSignOut,
  banner,
  settings,
  pageKey,
  children,
}: AppShellProps): JSX.Element {
  const panelId = useId();
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [pageKey]);
  return (
    <>
      <div class="shell-box">
        <div class="shell">
          <a class="skip-link" href="#main" onClick={skipToMain}>
            Skip to content
          </a>
          <header
            class="shell-side"
            onKeyDown={(event) => {
              if (event.key === 'Escape') setOpen(false);
            }}
          >
            <div class="shell-bar">
              <a class="shell-brand" href={brand.href}>
                <Icon name="wheel" />
                {brand.name}
              </a>
              <span class="shell-menu-button">
                <Button
                  variant="quiet"
                  icon={open ? 'close' : 'menu'}
                  iconOnly
                  aria-expanded={open}
                  aria-controls={panelId}
                  onClick={() => setOpen(!open)}
                >
                  Menu
                </Button>
              </span>
            </div>
            <div class="shell-panel" id={panelId} data-open={open ? '' : undefined}>
              <nav aria-label="Main">
                <ul class="shell-navigation">
                  {navigation.map((item) => (
                    <li key={item.href}>
                      <a href={item.href} aria-current={item.current === 'section' ? 'true' : item.current}>
                        <Icon name={item.icon} />
                        {item.label}
                        {item.mark}
                      </a>
                    </li>
                  ))}
                </ul>
              </nav>
              <div class="shell-account">
                {person !== undefined && (
                  <section class="shell-person" aria-label="You">
                    <div class="shell-person-name">
                      <strong title={person.name}>{person.name}</strong>
                      <span>{person.role}</span>
                    </div>
                    <ul class="shell-person-links">
                      {person.links?.map(({ href, label, icon }) => (
                        <li key={href}>
                          <a href={href}>
                            <Icon name={icon} />
                            {label}
                          </a>
                        </li>
                      ))}
                      {onSignOut !== undefined && (
                        <li>
                          <button type="button" onClick={onSignOut}>
                            <Icon name="sign-out" />
                            Sign out
                          </button>
                        </li>
                      )}
                    </ul>
                  </section>
                )}
                {settings}
                <ThemeSwitch />
              </div>
            </div>
          </header>
          <main class="shell-main" id="main" tabIndex={-1}>
            <div class="shell-banner">{banner}</div>
            {children}
          </main>
        </div>
      </div>
      <Toaster />
      <LiveRegion />
    </>
  );
}

// By hand: the fragment may be in use by a router, and the link must not become a page of its own in the history.
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
