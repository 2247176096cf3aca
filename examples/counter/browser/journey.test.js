// The whole journey in a browser: an agency's clerk, a resident's phone, a counter. READY names the file
// that `yufu-town --ready FILE` wrote.

import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DESKTOP, PHONE, film, launch, open, pictures, shot, wedge } from "./lib.js";

const town = JSON.parse(readFileSync(process.env.READY ?? "ready.json", "utf8"));
const clerk = town.issuers[0].page;

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The clerk offers the resident ID to the first resident found; gives link and transaction code. */
async function offer(page, locale) {
  await page.goto(`${clerk}/?q=${encodeURIComponent("张")}`);
  await page.locator("a.choice").first().click();
  await shot(page, `clerk-resident-${locale}`);
  await page.locator("form[action$='/offer'] button").first().click();
  await shot(page, `clerk-offer-${locale}`);
  return {
    link: (await page.locator("#offer-link").getAttribute("href")).trim(),
    txCode: (await page.locator("#tx-code").textContent()).replace(/\s/g, ""),
  };
}

/** The phone accepts the clerk's offer; ends on the new card. */
async function accept(page, { link, txCode }, locale) {
  await page.goto(`${town.phone}/add`);
  await shot(page, `phone-add-${locale}`);
  await page.fill("#link", link);
  await page.click("#read button[type=submit]");
  await page.waitForSelector("#tx_code");
  await shot(page, `phone-offer-${locale}`);
  await page.fill("#tx_code", txCode);
  await page.click("main form button");
  await page.waitForSelector(".credential[data-state]");
  await shot(page, `phone-card-${locale}`);
}

/** The phone shows a code for `preset`; gives its frames as pictures and as texts. */
async function show(page, preset, locale, printed) {
  await page.goto(town.phone);
  // Other tests leave other credentials on the same phone.
  await page.locator("a.credential", { hasText: /Resident ID|居民身份证/ }).first().click();
  // The counter takes no proof older than a minute here.
  await page.click("form[action='/refresh'] button");
  await page.waitForSelector(".notice[role=status]");
  await page.click(`a.choice[href$='/show/${preset}']`);
  if (printed) {
    await page.waitForSelector("#read");
    await shot(page, `phone-scan-counter-${locale}`);
    await page.setInputFiles("#image", { name: "counter.png", mimeType: "image/png", buffer: printed });
    await page.click("#read button[type=submit]");
  }
  await page.waitForSelector("form[action^='/consent/']");
  await shot(page, `phone-consent-${preset}-${locale}`);
  await page.click("form[action^='/consent/'] button");
  await page.waitForSelector("#code svg");
  await shot(page, `phone-show-${preset}-${locale}`);
  const response = await page.request.get(`${page.url()}/code`);
  assert.equal(response.status(), 200);
  return response.json();
}

async function upload(page, preset, files) {
  await page.goto(`${town.counter}/scan/${preset}`);
  await page.click("summary");
  await page.setInputFiles("#images", files);
  await page.click("#upload button");
  await page.waitForSelector(".verdict");
  return page.getAttribute(".verdict", "data-verdict");
}

for (const locale of ["zh-CN", "en"]) {
  test(`from the agency's register to the counter's verdict, by upload (${locale})`, async () => {
    const agency = await open(browser, { locale });
    const phone = await open(browser, { locale, viewport: locale === "en" ? PHONE : DESKTOP });
    const counter = await open(browser, { locale });
    await accept(phone, await offer(agency, locale), locale);
    await phone.goto(town.phone);
    await shot(phone, `phone-cards-${locale}`);

    const code = await show(phone, "age18", locale);
    const files = await pictures(browser, code.frames);
    assert.equal(await upload(counter, "age18", files), "valid");
    await shot(counter, `counter-valid-${locale}`);
    assert.ok(await counter.isVisible("img.verdict__portrait"), "the face stands beside the verdict");
    assert.equal(await counter.locator(".panel__fields dt").count(), 1, "one field was asked for");
    assert.equal(await counter.evaluate(() => document.querySelector(".verdict__portrait").naturalWidth > 0), true);

    await counter.click("#next-person");
    await counter.waitForSelector("#reader:visible");
    assert.equal(await counter.locator("img.verdict__portrait").count(), 0, "nothing of the person stays");
    assert.equal(await upload(counter, "age18", files), "replayed");
    await shot(counter, `counter-replayed-${locale}`);
    for (const page of [agency, phone, counter]) {
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  });
}

test("a code for this counter alone, read by a keyboard scanner, shows the fields of the preset", async () => {
  const phone = await open(browser, { viewport: PHONE, colorScheme: "dark" });
  const counter = await open(browser, { viewport: PHONE, colorScheme: "dark" });
  const printed = await (await counter.request.get(`${town.counter}/code.png`)).body();
  const code = await show(phone, "identity", "en-dark", printed);
  await counter.goto(`${town.counter}/scan/identity`);
  for (const text of code.texts) {
    await wedge(counter, text);
    await counter.waitForTimeout(250);
  }
  await counter.waitForSelector(".verdict");
  await shot(counter, "counter-identity-en-dark");
  assert.equal(await counter.getAttribute(".verdict", "data-verdict"), "valid");
  assert.ok((await counter.locator(".panel__fields dt").count()) >= 4);
  await counter.goto(`${town.counter}/journal`);
  await shot(counter, "counter-journal-en-dark");
  assert.ok((await counter.locator("tbody tr").count()) >= 1);
  await counter.context().close();
  await phone.context().close();
});

test("the camera reads the code from a film, and the verdict stays while the code does", async () => {
  const phone = await open(browser);
  const { frames } = await show(phone, "age18", "en-camera");
  const filming = await launch(await film(browser, frames));
  try {
    const counter = await open(filming, { locale: "zh-CN" });
    await counter.goto(`${town.counter}/scan/age18`);
    await counter.waitForTimeout(500);
    if (await counter.isVisible("#start-camera")) await counter.click("#start-camera");
    await counter.waitForSelector("#camera:visible");
    await shot(counter, "counter-camera-zh");
    await counter.waitForSelector(".verdict", { timeout: 45_000 });
    assert.equal(await counter.getAttribute(".verdict", "data-verdict"), "valid");
    await shot(counter, "counter-camera-verdict-zh");
    await counter.waitForTimeout(2_000);
    assert.equal(await counter.getAttribute(".verdict", "data-verdict"), "valid", "no second verdict");
    await counter.click("#next-person");
    await counter.waitForSelector("#reader:visible");
    await counter.waitForTimeout(2_000);
    assert.equal(await counter.isVisible(".verdict"), false, "the code is still held to the camera");
    assert.deepEqual(counter.complaints, []);
  } finally {
    await filming.close();
    await phone.context().close();
  }
});

test("the counter's pages can be used with the keyboard alone", async () => {
  const page = await open(browser);
  await page.goto(town.counter);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  const small = await page.evaluate(() =>
    [...document.querySelectorAll(".button, .choice, .languages a, summary")]
      .map((element) => element.getBoundingClientRect())
      .filter((box) => box.width > 0 && (box.width < 44 || box.height < 44)).length,
  );
  assert.equal(small, 0, "no target is smaller than 44 px");
  await page.context().close();
});
