// Pictures of a report, to be looked at: node tests/browser/shots.mjs CHROMIUM REPORT.html FOLDER [STEP]
import { writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./chromium.mjs";

const [program, report, folder, step = ""] = process.argv.slice(2);
const browser = await launch(program);
try {
  const page = await browser.page();
  for (const [width, height] of [[1280, 900], [390, 844]]) {
    for (const scheme of ["light", "dark"]) {
      await page.size(width, height, width < 600);
      await page.media({ "prefers-color-scheme": scheme });
      await page.open("about:blank");
      await page.open(pathToFileURL(resolve(report)).href + (step ? `#step=${step}` : ""));
      const name = basename(report, ".html");
      writeFileSync(join(folder, `${name}-${width}-${scheme}.png`), await page.picture(false));
      writeFileSync(join(folder, `${name}-${width}-${scheme}-whole.png`), await page.picture(true));
    }
  }
  console.log(page.complaints);
} finally {
  await browser.close();
}
