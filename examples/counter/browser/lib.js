// What the browser tests share: Chromium with the switches that a closed network needs, a camera made of
// a code's pictures, screenshots.

import { mkdirSync, mkdtempSync, openSync, writeSync, closeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const SHOTS = process.env.SHOTS ?? join(tmpdir(), "yufu-shots");
mkdirSync(SHOTS, { recursive: true });

export const DESKTOP = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

/** A Chromium; `video` is a file for its camera to play. */
export function launch(video) {
  const camera = video
    ? [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        `--use-file-for-fake-video-capture=${video}`,
      ]
    : [];
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...camera,
    ],
  });
}

/** A page in `locale`; whatever a page's policy or script complains of fails the test. */
export async function open(browser, { locale = "en", viewport = DESKTOP, colorScheme = "light" } = {}) {
  const context = await browser.newContext({ locale, viewport, colorScheme, ignoreHTTPSErrors: true });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.complaints.push(message.text());
  });
  return page;
}

export const shot = (page, name, fullPage = true) => page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage });

const WIDTH = 1280;
const HEIGHT = 720;
const FRAMES_EACH = 4;

/** Draws each SVG in a grey room and writes a film (YUV4MPEG2) that shows them in turn. */
export async function film(browser, svgs) {
  const page = await browser.newPage();
  const file = join(mkdtempSync(join(tmpdir(), "yufu-film-")), "camera.y4m");
  const out = openSync(file, "w");
  writeSync(out, `YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420mpeg2\n`);
  const colours = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
  for (const svg of svgs) {
    const base64 = await page.evaluate(draw, { svg, width: WIDTH, height: HEIGHT });
    const brightness = Buffer.from(base64, "base64");
    for (let i = 0; i < FRAMES_EACH; i += 1) {
      writeSync(out, "FRAME\n");
      writeSync(out, brightness);
      writeSync(out, colours);
    }
  }
  closeSync(out);
  await page.close();
  return file;
}

async function draw({ svg, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;base64,${btoa(svg)}`;
  await image.decode();
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  context.fillStyle = "#777";
  context.fillRect(0, 0, width, height);
  const side = height * 0.9;
  context.imageSmoothingEnabled = false;
  context.drawImage(image, (width - side) / 2, (height - side) / 2, side, side);
  const colours = context.getImageData(0, 0, width, height).data;
  const bytes = new Uint8Array(width * height);
  // A film's black is 16 and its white 235.
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = 16 + (colours[4 * i] * 219) / 255;
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(text);
}

/** PNG pictures of SVGs, as files to upload. */
export async function pictures(browser, svgs) {
  const page = await browser.newPage({ viewport: { width: 720, height: 720 } });
  const files = [];
  for (const [i, svg] of svgs.entries()) {
    await page.setContent(`<body style="margin:0">${svg.replace("<svg ", '<svg width="720" height="720" ')}</body>`);
    files.push({ name: `code-${i}.png`, mimeType: "image/png", buffer: await page.screenshot() });
  }
  await page.close();
  return files;
}

/** Types as a keyboard-wedge scanner does: all digits at once, then Enter. */
export async function wedge(page, text) {
  await page.evaluate((digits) => {
    for (const key of [...digits, "Enter"]) {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
  }, text);
}
