// Drives a headless Chromium over its pipe, with nothing but Node. For tests/browser.rs.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PATIENCE = 20_000;

/** Starts a browser without a network; `close` ends it. */
export async function launch(program) {
  const profile = mkdtempSync(join(tmpdir(), "goknot-chromium-"));
  const child = spawn(
    program,
    [
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
      "--disable-extensions", "--disable-background-networking", "--disable-component-update", "--hide-scrollbars",
      "--host-resolver-rules=MAP * ~NOTFOUND", `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank",
    ],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const [, , , input, output] = child.stdio;
  const open = new Map();
  const listeners = [];
  let number = 0;
  let rest = "";
  output.setEncoding("utf8");
  output.on("data", (data) => {
    const messages = (rest + data).split("\0");
    rest = messages.pop();
    for (const text of messages) {
      const message = JSON.parse(text);
      if (message.id && open.has(message.id)) {
        const { resolve, reject } = open.get(message.id);
        open.delete(message.id);
        message.error ? reject(new Error(JSON.stringify(message.error))) : resolve(message.result);
      } else {
        listeners.forEach((listener) => listener(message));
      }
    }
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.on("exit", () => open.forEach(({ reject }) => reject(new Error("the browser has ended"))));
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      const id = ++number;
      const timer = setTimeout(() => reject(new Error(`${method} takes too long`)), PATIENCE);
      const settle = (then) => (value) => { clearTimeout(timer); then(value); };
      open.set(id, { resolve: settle(resolve), reject: settle(reject) });
      input.write(JSON.stringify({ id, method, params, sessionId }) + "\0");
    });
  return {
    page: () => newPage(send, listeners),
    close: async () => {
      await send("Browser.close").catch(() => child.kill());
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function newPage(send, listeners) {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  const call = (method, params) => send(method, params, sessionId);
  /** What the console says that is worse than a hint, and what is fetched. */
  const complaints = [];
  const requests = [];
  const waiting = [];
  const page = { dialogs: 0 };
  listeners.push((message) => {
    if (message.sessionId !== sessionId) return;
    const { method, params } = message;
    if (method === "Runtime.exceptionThrown") complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled" && ["error", "warning", "assert"].includes(params.type)) complaints.push(params.args.map((it) => it.value).join(" "));
    if (method === "Log.entryAdded" && ["error", "warning"].includes(params.entry.level)) complaints.push(params.entry.text);
    if (method === "Page.javascriptDialogOpening") {
      page.dialogs += 1;
      call("Page.handleJavaScriptDialog", { accept: true }).catch(() => {});
    }
    if (method === "Network.requestWillBeSent") requests.push(params.request.url);
    waiting.filter((it) => it.method === method).forEach((it) => it.resolve());
  });
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await call(`${domain}.enable`);
  const event = (method) => new Promise((resolve) => waiting.push({ method, resolve }));
  return Object.assign(page, {
    complaints,
    requests,
    call,
    /** Opens a page and waits until it is there. */
    open: async (url) => {
      const loaded = event("Page.loadEventFired");
      await call("Page.navigate", { url });
      await loaded;
    },
    /** The value of an expression. */
    value: async (expression) => {
      const { result, exceptionDetails } = await call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    },
    size: (width, height, mobile = false) =>
      call("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile }),
    media: (features, media = "screen") =>
      call("Emulation.setEmulatedMedia", { media, features: Object.entries(features).map(([name, value]) => ({ name, value })) }),
    script: (on) => call("Emulation.setScriptExecutionDisabled", { value: !on }),
    /** A key as the keyboard sends it. */
    key: async (key) => {
      const text = key === " " ? { text: " " } : {};
      await call("Input.dispatchKeyEvent", { type: text.text ? "keyDown" : "rawKeyDown", key, code: key === " " ? "Space" : key, ...text, windowsVirtualKeyCode: { ArrowLeft: 37, ArrowRight: 39, Home: 36, End: 35, " ": 32, Tab: 9 }[key] ?? 0 });
      await call("Input.dispatchKeyEvent", { type: "keyUp", key, code: key });
    },
    /** A click of the mouse in the middle of an element. */
    click: async function (selector) {
      const at = await this.value(`(() => { const box = document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect(); return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; })()`);
      for (const type of ["mousePressed", "mouseReleased"]) {
        await call("Input.dispatchMouseEvent", { type, ...at, button: "left", clickCount: 1 });
      }
    },
    /** A picture of what shows, or of all of the page, as bytes. */
    picture: async (whole = false) => {
      const { cssContentSize: { width, height } } = await call("Page.getLayoutMetrics");
      const clip = whole ? { captureBeyondViewport: true, clip: { x: 0, y: 0, width, height, scale: 1 } } : {};
      const { data } = await call("Page.captureScreenshot", { format: "png", ...clip });
      return Buffer.from(data, "base64");
    },
  });
}
