// New operators for a counter without a network: the registry's page saves the handovers, the counter's page
// takes the file in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { PHONE, launch, open, shot } from "./lib.js";

const town = JSON.parse(readFileSync(process.env.READY, "utf8"));

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The registry's page, at the form that saves handovers. */
async function form(options) {
  const page = await open(browser, options);
  await page.goto(`${town.registry}/#network`);
  await page.waitForSelector("body[data-ready]");
  await page.click("details:has(#handovers) summary");
  return page;
}

test("the registry's page says when no handover is newer", async () => {
  for (const [locale, words] of [
    ["en", /it is the newest/],
    ["zh-CN", /该纪元就是最新纪元/],
  ]) {
    const page = await form({ locale });
    const told = page.waitForSelector(`#handovers-said:text-matches("${words.source}")`);
    await page.click("#handovers button");
    await told;
    await shot(page, `explorer-handovers-${locale}`);
    await page.context().close();
  }
});

test("a saved file holds its head, the network and each handover behind its length", async () => {
  const page = await form({});
  const genesis = Buffer.alloc(32, 7);
  const handovers = new Map([
    ["5", Buffer.concat([Buffer.from([1, 80, 2]), genesis, Buffer.alloc(300, 5)])],
    ["6", Buffer.concat([Buffer.from([1, 80, 2]), genesis, Buffer.alloc(301, 6)])],
  ]);
  await page.route("**/v1/handovers/*", (route) => {
    const body = handovers.get(route.request().url().split("/").pop());
    return route.fulfill(body ? { body } : { status: 404 });
  });
  await page.fill("#from", "4");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#handovers button")]);
  assert.equal(download.suggestedFilename(), "yufu-handovers.bin");
  const behindLength = (bytes) => [Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes];
  const expected = [Buffer.from("yufu-handovers/1"), genesis, ...[...handovers.values()].flatMap(behindLength)];
  assert.deepEqual(readFileSync(await download.path()), Buffer.concat(expected));
  assert.match(await page.textContent("#handovers-said"), /up to epoch 6/);
  await page.context().close();
});

test("the counter's page says in words why a file was not taken, and stays usable", async () => {
  for (const [locale, viewport, words] of [
    ["en", undefined, /no file of handovers/],
    ["zh-CN", PHONE, /这不是交接文件/],
  ]) {
    const page = await open(browser, { locale, viewport });
    await page.goto(`${town.counter}/registry`);
    await shot(page, `counter-handovers-${locale}`);
    const file = { name: "cat.png", mimeType: "image/png", buffer: Buffer.from("a cat") };
    await page.setInputFiles("#handovers input[type=file]", file);
    await page.click("#handovers button");
    await page.waitForSelector("[role=alert]");
    assert.match(await page.textContent("[role=alert]"), words);
    assert.ok(await page.isVisible("#handovers button"));
    await shot(page, `counter-handovers-refused-${locale}`);
    await page.context().close();
  }
});
