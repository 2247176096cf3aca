// A land title as people bring it: the land registry's clerk, a resident's phone that saves a file, and the
// counter's upload page. READY names the file that `yufu-town --ready FILE` wrote.

import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PHONE, launch, open, shot } from "./lib.js";

const town = JSON.parse(readFileSync(process.env.READY ?? "ready.json", "utf8"));
const land = town.issuers.find((issuer) => issuer.configuration === "land-title");
const COUNTER = `${town.counter}/file/land-title`;

// Both ways to secure a credential of the W3C data model, and both languages.
const WAYS = [
  { configuration: "land-title", locale: "zh-CN", whole: "无法只出示其中一部分", area: "面积（平方米）", unasked: "登记机构" },
  { configuration: "land-title-jwt", locale: "en", whole: "cannot be shown in part", area: "Area in square metres", unasked: "Registered by" },
];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The clerk offers a title to the first resident found who owns something. */
async function offer(page, configuration) {
  await page.goto(`${land.page}/?q=${encodeURIComponent("张")}`);
  const residents = await page.locator("a.choice").evaluateAll((links) => links.map((link) => link.href));
  for (const resident of residents) {
    await page.goto(resident);
    const button = page.locator(`section[data-credential="${configuration}"] form[action$='/offer'] button`);
    if ((await button.count()) === 0) continue;
    await button.click();
    return {
      link: (await page.locator("#offer-link").getAttribute("href")).trim(),
      txCode: (await page.locator("#tx-code").textContent()).replace(/\s/g, ""),
    };
  }
  throw new Error("nobody found owns a home");
}

async function accept(page, { link, txCode }, { whole, configuration }) {
  await page.goto(`${town.phone}/add`);
  await page.fill("#link", link);
  await page.click("#read button[type=submit]");
  await page.waitForSelector("#tx_code");
  assert.ok((await page.textContent("main")).includes(whole), "the offer says that it is shown whole");
  await shot(page, `phone-offer-${configuration}`);
  await page.fill("#tx_code", txCode);
  await page.click("main form button");
  await page.waitForSelector(".credential[data-state], .notice--error, [role=alert]");
  const got = page.locator(".credential[data-state=valid]");
  assert.ok(await got.count(), `the phone says: ${await page.textContent("main")}`);
  await shot(page, `phone-card-${configuration}`);
}

/** From the open card to a saved file; gives its bytes. */
async function save(page, printed, { configuration, whole, area, unasked }) {
  await page.click("a.choice[href$='/file/land-title']");
  await page.waitForSelector("#read");
  await page.setInputFiles("#image", { name: "counter.png", mimeType: "image/png", buffer: printed });
  await page.click("#read button[type=submit]");
  await page.waitForSelector("form[action$='/file']");
  const sheet = await page.textContent("main");
  for (const said of [whole, area, unasked]) assert.ok(sheet.includes(said), `the sheet says ${said}`);
  assert.equal(await page.locator("li[data-asked=true]").count(), 6, "six lines are asked for");
  assert.ok((await page.locator("li[data-asked=false]").count()) >= 4, "the others go along and are marked");
  await shot(page, `phone-file-consent-${configuration}`);
  await page.click("form[action$='/file'] button");
  await page.waitForSelector("#download");
  await shot(page, `phone-file-${configuration}`);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  assert.equal(download.suggestedFilename(), "yufu-land-title.json");
  const file = readFileSync(await download.path());
  const at = page.url();
  await page.click("form[action$='/end'] button");
  await page.waitForSelector(".credential[data-state]");
  assert.equal((await page.request.get(`${at}/download`)).status(), 404, "the phone forgot the file");
  return file;
}

async function upload(page, buffer) {
  await page.goto(COUNTER);
  await page.setInputFiles("#file", { name: "yufu-land-title.json", mimeType: "application/json", buffer });
  await page.click("form:has(#file) button");
  await page.waitForSelector(".verdict");
  return page.getAttribute(".verdict", "data-verdict");
}

/** The home is larger than it is registered. */
function enlarge(file) {
  const changed = JSON.parse(file);
  if (typeof changed.presentation === "string") {
    const [head, payload, signature] = changed.presentation.split(".");
    const document = JSON.parse(Buffer.from(payload, "base64url"));
    const [title] = document.verifiableCredential;
    const [titleHead, titlePayload, titleSignature] = title.id.split(",")[1].split(".");
    const claims = JSON.parse(Buffer.from(titlePayload, "base64url"));
    claims.credentialSubject.area_m2 = "999.00";
    const larger = [titleHead, Buffer.from(JSON.stringify(claims)).toString("base64url"), titleSignature];
    title.id = `data:application/vc+jwt,${larger.join(".")}`;
    changed.presentation = [head, Buffer.from(JSON.stringify(document)).toString("base64url"), signature].join(".");
  } else {
    changed.presentation.verifiableCredential[0].credentialSubject.area_m2 = "999.00";
  }
  return Buffer.from(JSON.stringify(changed));
}

for (const way of WAYS) {
  test(`from the land registry to the counter's verdict by a file (${way.configuration}, ${way.locale})`, async () => {
    const { locale, configuration } = way;
    const clerk = await open(browser, { locale });
    const phone = await open(browser, { locale, viewport: PHONE });
    const counter = await open(browser, { locale });
    const printed = await (await counter.request.get(`${town.counter}/code.png`)).body();
    await accept(phone, await offer(clerk, configuration), way);
    await phone.goto(town.phone);
    await shot(phone, `phone-cards-${configuration}`);
    await phone.locator("a.credential", { hasText: /Land title|不动产权证/ }).last().click();

    const file = await save(phone, printed, way);
    // The holder signs for the whole file, and that is checked first: who changed it cannot sign it.
    assert.equal(await upload(counter, enlarge(file)), "holder_not_proven");
    await shot(counter, `counter-file-changed-${configuration}`);
    assert.equal(await counter.locator(".panel__fields dt").count(), 0, "nothing of a changed file is shown");

    assert.equal(await upload(counter, file), "valid");
    await shot(counter, `counter-file-valid-${configuration}`);
    const labels = await counter.locator(".panel__fields dt").allTextContents();
    assert.equal(labels.length, 6, labels.join());
    assert.ok(labels.includes(way.area), labels.join());
    assert.ok(!labels.includes(way.unasked), "the counter is not shown what it did not ask for");

    assert.equal(await upload(counter, file), "replayed");
    await counter.click("#next-person");
    await counter.waitForSelector("#file");
    assert.equal(await counter.locator(".verdict").count(), 0, "nothing of the person stays");
    for (const page of [clerk, phone, counter]) {
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  });
}

test("what is no presentation file is told in words, and the page stays usable", async () => {
  const page = await open(browser);
  await page.goto(COUNTER);
  await page.setInputFiles("#file", { name: "cat.png", mimeType: "image/png", buffer: Buffer.from("not JSON") });
  await page.click("form:has(#file) button");
  await page.waitForSelector("[role=alert]");
  assert.match(await page.textContent("[role=alert]"), /not JSON/);
  assert.equal(await page.locator(".verdict").count(), 0);
  assert.ok(await page.isVisible("#file"));
  await page.context().close();
});
