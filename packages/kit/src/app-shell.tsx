import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { hasContent } from './has-content.ts';
import { Icon, type IconName } from './icon.tsx';
import { LiveRegion } from './live-region.tsx';
import { ThemeSwitch } from './theme.tsx';
import { Toaster } from './toast.tsx';

/** A link in the main navigation. */
export interface NavigationItem {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
  /** `page`: the link leads to the page that is shown. `section`: that page is below it. */
  readonly current?: 'page' | 'section' | undefined;
  /** Shown at the end of the line, such as a badge. */
  readonly mark?: ComponentChildren;
}

/** A link below the user's name. */
export interface PersonLink {
  readonly href: string;
  readonly label: string;
  readonly icon: IconName;
}

interface AppShellProps {
  /** Product name, linked to the start page. */
  readonly brand: { readonly name: string; readonly href: string };
  readonly navigation: readonly NavigationItem[];
  /** The signed-in user. Omit it when nobody is signed in: name, links and sign-out button are not shown then. */
  readonly person?:
    { readonly name: string; readonly role: string; readonly links?: readonly PersonLink[] } | undefined;
  /** Shows a sign-out button below the links. */
  readonly onSignOut?: (() => void) | undefined;
  /** Opens a search of everything: below the brand, and beside it on narrow screens. */
  readonly search?: ComponentChildren;
  /** Messages across the top of every page, such as `Banner wide`. */
  readonly banner?: ComponentChildren;
  /** Device settings, between the user and the appearance. */
  readonly settings?: ComponentChildren;
  /** Identifies the page that is shown. A change closes the menu on a narrow screen. */
  readonly pageKey: string;
  readonly children: ComponentChildren;
}

/**
 * The frame of every page: skip link, navigation at the side (behind a button on narrow screens), banner and main
 * content. Includes the `Toaster` and the `LiveRegion`.
 */
export function AppShell({
  brand,
  navigation,
  person,
  onSignOut,
  search,
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
              {hasContent(search) && <div class="shell-search">{search}</div>}
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

// Focuses without following the link: hash routers use the fragment, and skipping must not add a history entry.
function skipToMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
