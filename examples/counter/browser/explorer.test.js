// The registry's page: every row is checked in this very browser, or said not to be.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { DESKTOP, PHONE, launch, open, shot } from "./lib.js";

const town = JSON.parse(readFileSync(process.env.READY, "utf8"));
const built = await fetch(`${town.registry}/explorer/yufu_verifier_web_bg.wasm`).then((answer) => answer.ok);
const TABS = ["blocks", "issuers", "keys", "accreditations", "types", "lists", "publications", "network"];

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

async function visit(url, options = {}) {
  const page = await open(browser, options);
  await page.goto(url);
  await page.waitForSelector("body[data-ready]");
  return page;
}

async function states(page, tab) {
  await page.goto(`${page.url().split("#")[0]}#${tab}`);
  const rows = page.locator(`#${tab} .row-card .state`);
  await rows.first().waitFor();
  await page.waitForFunction((id) => {
    const states = [...document.querySelectorAll(`#${id} .row-card .state`)];
    const isBusy = document.querySelector(`#${id} [aria-busy]`);
    return !isBusy && states.every((state) => state.dataset.state);
  }, tab);
  return rows.evaluateAll((all) => all.map((state) => state.dataset.state));
}

async function trust(page, key) {
  await page.fill("#key", key);
  await page.click("#key-form button.button:not(.button--quiet)");
}

test("without a key nothing is called proven", async () => {
  const page = await visit(town.registry);
  for (const state of await states(page, "issuers")) assert.equal(state, "unchecked");
  assert.match(await page.textContent("#standing"), built ? /No key yet/ : /not built on this node/);
  await shot(page, "explorer-no-key");
});

test("with the network's key every kind of record is proven in the browser", { skip: !built }, async () => {
  for (const options of [{}, { locale: "zh-CN", viewport: PHONE, colorScheme: "dark" }]) {
    const page = await visit(town.registry, options);
    await trust(page, town.network_key);
    for (const tab of TABS) {
      const all = await states(page, tab);
      assert.ok(all.length > 0 && all.every((state) => state === "proven"), `${tab}: ${all}`);
    }
    // Each block says how many transactions its header commits to.
    await states(page, "blocks");
    const counts = await page.locator("#blocks .row-card .name").allTextContents();
    assert.ok(counts.length > 0 && counts.every((text) => /(Transactions: |交易：)\d+/.test(text)), `${counts}`);
    await page.goto(`${town.registry}/#accreditations`);
    await shot(page, `explorer-${options.locale ?? "en"}`);
    assert.deepEqual(page.complaints, []);
  }
});

test("what a proven record lists as names of the web comes with the command that asks whose they are", { skip: !built }, async () => {
  const page = await visit(town.registry);
  await states(page, "issuers");
  assert.equal(await page.locator("#issuers .other-name").count(), 0);
  await trust(page, town.network_key);
  await states(page, "issuers");
  const names = page.locator("#issuers .other-name");
  await names.first().locator("summary").click();
  await shot(page, "explorer-other-names");
  const commands = await names.locator("code").allTextContents();
  assert.equal(commands.length, 2);
  assert.match(commands[0], /^yufu-registry resolve 'did:web:localhost%3A\d+' --registry http:.* --network-key yufu-network-1:/);
  assert.match(commands[1], /^yufu-registry resolve 'did:webvh:\w+:localhost%3A\d+' /);
});

test("the key stays in the browser until it is forgotten, and what is no key is refused", { skip: !built }, async () => {
  const page = await visit(town.registry);
  await trust(page, "yufu-network-1:AAAA");
  assert.match(await page.textContent("#standing"), /not a network key/);
  await trust(page, town.network_key);
  await page.reload();
  await page.waitForSelector("body[data-ready]");
  assert.match(await page.textContent("#standing"), /Your browser checks every row/);
  await page.click("#forget");
  assert.match(await page.textContent("#standing"), /No key yet/);
});

test("a node that lies is refused in the browser, row by row", { skip: !built }, async () => {
  // Passes everything on, but turns one letter of each record's answer.
  const liar = createServer(async (request, response) => {
    const answer = await fetch(`${town.registry}${request.url}`, { headers: { "accept-language": "en" } });
    let body = Buffer.from(await answer.arrayBuffer());
    // And hides the transactions of each block, or makes one up.
    if (request.url.startsWith("/v1/blocks/")) {
      body = body.length > 288 ? body.subarray(0, 288) : Buffer.concat([body, Buffer.alloc(4)]);
    }
    if (request.url.startsWith("/v1/records/")) {
      const text = body.toString();
      const at = text.indexOf('"value":"') + 20;
      body = Buffer.from(text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1));
    }
    const headers = { "content-type": answer.headers.get("content-type") ?? "text/plain" };
    const policy = answer.headers.get("content-security-policy");
    if (policy) headers["content-security-policy"] = policy;
    response.writeHead(answer.status, headers).end(body);
  });
  await new Promise((listening) => liar.listen(0, "127.0.0.1", listening));
  try {
    const page = await visit(`http://127.0.0.1:${liar.address().port}`, { viewport: DESKTOP });
    await trust(page, town.network_key);
    const all = await states(page, "accreditations");
    assert.ok(all.length > 0 && all.every((state) => state === "refused"), `${all}`);
    await shot(page, "explorer-liar");
    const blocks = await states(page, "blocks");
    assert.ok(blocks.length > 0 && blocks.every((state) => state === "refused"), `${blocks}`);
  } finally {
    liar.close();
  }
});
