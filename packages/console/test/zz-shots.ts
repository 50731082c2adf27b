// usage: tsx shots.ts outdir scene scheme width[,width] size addr...
import { buildPage } from '/tmp/w/console/packages/console/test/pages/built-page.ts';
import { launch } from '/tmp/w/console/packages/console/test/pages/browser.ts';
import { startScene } from '/tmp/w/console/packages/console/test/pages/scene.ts';
const [out, scene, scheme, widths, size, ...addresses] = process.argv.slice(2);
const built = await buildPage();
const browser = await launch();
{
  await using s = await startScene(scene as 'outage', built.directory, {
    signOut: () => undefined,
    application: { name: 'Driving School', homePath: '/', accountPath: '/account' },
  });
  const context = await browser.newContext({ colorScheme: scheme as 'dark' });
  const page = await context.newPage();
  await page.goto(s.url);
  await page.waitForSelector('.console-content');
  await page.evaluate((f) => (document.documentElement.style.fontSize = f), size!);
  for (const a of addresses) {
    for (const w of widths!.split(',').map(Number)) {
      await page.setViewportSize({ width: w, height: 900 });
      await page.evaluate((h) => (location.hash = h), `#/${a === '.' ? '' : a}`);
      await page.waitForFunction(
        () => document.querySelector('main h1') !== null && document.querySelector('main [aria-busy="true"]') === null,
      );
      await page.waitForTimeout(300);
      await page.screenshot({
        path: `${out}/${(a === '.' ? 'now' : a).replaceAll(/\W+/g, '-')}-${scene}-${scheme}-${w}-${size!.replace('%', '')}.png`,
        fullPage: true,
      });
    }
  }
}
await browser.close();
built.remove();
