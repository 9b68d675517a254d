// Reads reports in a real browser as their readers do: by button, key, slider, address, without script, on a phone, on
// paper, and through the eyes of an accessibility checker.
//
// node read.mjs CHROMIUM AXE REPORT.html=STUCK…   prints a line for each fault and exits 1 where there is one.
import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { launch } from "./chromium.mjs";

const [program, axe, ...reports] = process.argv.slice(2);
const checker = readFileSync(axe, "utf8");
let faults = 0;
const browser = await launch(program);

const shown = `[...document.querySelectorAll(".panel.now")].map((it) => it.dataset.anchor).join()`;
const hidden = (selector) => `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((it) => !it.checkVisibility()).length`;

async function read(report, stuck, thorough) {
  const name = basename(report);
  const url = pathToFileURL(resolve(report)).href;
  const fault = (what) => { faults += 1; console.log(`${name}: ${what}`); };
  const same = (what, found, wanted) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) fault(`${what}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
  };
  const page = await browser.page();
  const fresh = async (hash = "") => {
    await page.open("about:blank");
    await page.open(url + hash);
  };
  await page.size(1280, 900);
  await fresh();
  const anchors = await page.value(`[...document.querySelectorAll(".panel")].map((it) => it.dataset.anchor)`);
  const last = anchors.length - 1;
  const at = async (what, index) => {
    same(what, await page.value(shown), anchors[index]);
    same(`${what}: the row`, await page.value(`[...new Set([...document.querySelectorAll('.row:has([aria-current="step"])')].map((it) => it.dataset.frame))].join()`), String(index));
    same(`${what}: the slider`, await page.value(`document.getElementById("slider").value`), String(index));
  };

  await at("it opens at the end", last);
  same("stuck goroutines in the end", await page.value(`document.querySelectorAll(".panel.now .person.stuck").length`), stuck);
  if (stuck > 0) same("stop signs", await page.value(`document.querySelectorAll(".run .sign title").length`), stuck);

  // Keys, there and back.
  await page.key("Home");
  await at("Home", 0);
  const said = new Set();
  for (let index = 1; index <= last; index += 1) {
    await page.key("ArrowRight");
    await at(`key right, ${index}`, index);
    same("the address", await page.value("location.hash"), `#step=${anchors[index]}`);
    said.add(await page.value(`document.querySelector(".now[aria-live]").textContent`));
  }
  same("what the live region says each time", said.size, last);
  await page.key("ArrowRight");
  await at("right at the end", last);
  for (let index = last - 1; index >= 0; index -= 1) await page.key("ArrowLeft");
  await at("key left to the start", 0);
  await page.key("End");
  await at("End", last);

  // Buttons.
  await page.click('[data-go="first"]');
  await at("button first", 0);
  for (let index = 1; index <= last; index += 1) await page.click('[data-go="on"]');
  await at("button forward to the end", last);
  await page.click('[data-go="back"]');
  await at("button back", last - 1);
  await page.click('[data-go="last"]');
  await at("button last", last);

  // The slider, by its own keys.
  await page.value(`document.getElementById("slider").focus()`);
  await page.key("ArrowLeft");
  await at("slider left", last - 1);
  await page.value(`document.activeElement.blur()`);

  // A row, and the address.
  await page.value(`document.querySelector('.row[data-frame="1"] a').click()`);
  await at("a click on a row", 1);
  const middle = Math.floor(last / 2);
  await page.value(`location.hash = "#step=${anchors[middle]}"`);
  await page.value("new Promise((done) => setTimeout(done, 50))");
  await at("a new address", middle);
  await fresh(`#step=${anchors[middle]}`);
  await at("a deep link", middle);
  await fresh("#step=99999");
  await at("a link beyond the end", last);
  await fresh("#step=1");
  await page.key(" ");
  await page.value("new Promise((done) => setTimeout(done, 1700))");
  await at("a moment of play", Math.min(last, anchors.findIndex((it) => Number(it) >= 1) + 1));

  // Small screens do not scroll sideways; who asks for checks gets them in both schemes.
  await page.key("End");
  for (const [width, height, mobile] of [[1280, 900, false], [390, 844, true]]) {
    await page.size(width, height, mobile);
    const wide = await page.value("document.documentElement.scrollWidth");
    if (wide > width) fault(`${wide} pixels wide on a screen of ${width}`);
    // Colours depend on the scheme, places on the width: all four of one report, two of the others.
    const schemes = thorough ? ["light", "dark"] : [mobile ? "dark" : "light"];
    for (const scheme of schemes) {
      await page.media({ "prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce" });
      if (!(await page.value("typeof axe === 'object'"))) await page.value(`${checker}; undefined`);
      const { violations } = await page.value(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => ({ violations: violations.map((it) => [it.id, it.impact, it.nodes.slice(0, 3).map((node) => node.target.join(" "))]) }))`);
      for (const [id, impact, nodes] of violations) {
        if (["serious", "critical"].includes(impact)) fault(`${width} ${scheme}: ${impact}: ${id}: ${nodes.join(", ")}`);
      }
    }
  }

  // Paper shows no player.
  await page.size(1280, 900);
  await page.media({}, "print");
  same("the player on paper", await page.value(hidden(".player")), 1);
  await page.media({});

  // Without script everything is there.
  await page.script(false);
  await fresh();
  same("hidden states without script", await page.value(hidden(".panel")), 0);
  same("the player without script", await page.value(hidden(".player")), 1);
  await page.script(true);

  const outside = page.requests.filter((it) => !it.startsWith("file:") && !it.startsWith("data:") && !it.startsWith("about:"));
  same("requests", outside, []);
  same("files", [...new Set(page.requests.filter((it) => it.startsWith("file:")).map((it) => it.split("#")[0]))], [url]);
  same("the console", page.complaints, []);
  same("dialogs", page.dialogs, 0);
}

try {
  for (const [number, report] of reports.entries()) {
    const [path, stuck] = report.split("=");
    await read(path, Number(stuck), number === 0).catch((error) => { faults += 1; console.log(`${basename(path)}: ${error.stack}`); });
  }
} finally {
  await browser.close();
}
console.log(faults === 0 ? "no faults" : `${faults} faults`);
process.exitCode = faults === 0 ? 0 : 1;
