// Lists what the node serves and has each answer checked here, in the reader's browser, by the registry's
// light client under the key that the reader gave. Without that client nothing is called proven.

const texts = new Map();
const list = document.getElementById("texts").children;
for (let i = 0; i + 1 < list.length; i += 2) texts.set(list[i].textContent, list[i + 1].textContent);
const t = (id, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`[${name}]`, value), texts.get(id) ?? id);

const KEY = "yufu-network-key";
const BLOCKS = 12;
const chinese = document.documentElement.lang === "zh-CN";
const standing = document.getElementById("standing");
const field = document.getElementById("key");
let light = null;
let reader = null;
let networkKey = "";

async function loadLight() {
  try {
    const module = await import("/explorer/yufu_verifier_web.js");
    await module.default();
    return module;
  } catch {
    return null;
  }
}

function say(text, kind) {
  standing.textContent = text;
  standing.className = kind ? `notice notice--${kind}` : "notice";
  standing.dataset.state = kind ?? "good";
}

// Takes the key that the reader gave; whatever the node says about keys is not asked.
function trust(text) {
  reader = null;
  networkKey = "";
  if (!light) return say(t("explorer-no-wasm"), "warning");
  if (!text.trim()) return say(t("explorer-no-key"));
  try {
    reader = new light.Reader(text, "");
  } catch (error) {
    return say(t("explorer-bad-key", { reason: error }), "error");
  }
  networkKey = text.trim();
  localStorage.setItem(KEY, networkKey);
  say(t("explorer-operators", { n: reader.operators() }));
}

// Validators change from epoch to epoch; each set hands over to the next, which the light client checks.
async function follow() {
  if (!reader) return;
  const { epoch } = JSON.parse(await ask("/v1/checkpoint"));
  while (reader.epoch() < epoch) {
    const answer = await fetch(`/v1/handovers/${reader.epoch() + 1}`);
    if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
    reader.follow(new Uint8Array(await answer.arrayBuffer()), Date.now());
  }
  say(t("explorer-operators", { n: reader.operators() }));
}

async function ask(path) {
  const answer = await fetch(path, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// One row: its name, whether it is proven, what it says, and the command that shows the same.
function card(title, check, command) {
  const state = element("p", { className: "state", textContent: t("explorer-loading") });
  const body = element("pre");
  const name = element("p", { className: "name", hidden: true });
  const heading = element("h3", { textContent: decodeURIComponent(title) });
  const row = element("article", { className: "row-card" }, heading, name, state);
  row.append(element("details", {}, element("summary", { textContent: "JSON" }), body));
  if (command) row.append(commandLine(command));
  check().then(
    (result) => {
      state.dataset.state = result.proven ? "proven" : "unchecked";
      state.textContent = result.proven ? t("explorer-proven", { height: result.height }) : t("explorer-not-checked");
      body.textContent = JSON.stringify(result.value, null, 2);
      // The name that a person knows, once it is proven.
      const legal = chinese ? result.value?.name_zh : result.value?.name_en;
      name.textContent = (result.proven && (result.title ?? legal)) || "";
      name.hidden = !name.textContent;
      if (result.proven) row.append(...(result.value?.also_known_as ?? []).filter(isOfTheWeb).map(otherName));
    },
    (error) => {
      state.dataset.state = "refused";
      state.textContent = t("explorer-refused", { reason: error.message ?? error });
    },
  );
  return row;
}

// A DID of the web that a record lists is the issuer's once its document agrees, which no page of another
// site can read here: the command does.
const isOfTheWeb = (did) => /^did:web(vh)?:/.test(did);

function otherName(did) {
  const command = `yufu-registry resolve '${did}' --registry ${location.origin} --network-key ${networkKey}`;
  const shown = commandLine(command, t("explorer-other-name", { did }));
  shown.className = "other-name";
  return shown;
}

function commandLine(command, summary = t("explorer-command")) {
  const copy = element("button", { className: "button button--quiet", type: "button", textContent: t("explorer-copy") });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(command);
    copy.textContent = t("explorer-copied");
  });
  return element(
    "details",
    {},
    element("summary", { textContent: summary }),
    element("p", {}, element("code", { textContent: command })),
    copy,
  );
}

function record(name) {
  const key = networkKey || "KEY";
  const command = `yufu-registry show --registry ${location.origin} --network-key ${key} --latest '${name}'`;
  return card(
    name,
    async () => {
      const answer = await ask(`/v1/records/${name}?at=latest`);
      if (!reader) return { proven: false, value: JSON.parse(answer) };
      const checked = JSON.parse(reader.record(name, answer, Date.now()));
      return { proven: true, height: checked.height, value: checked.record };
    },
    command,
  );
}

function block(height) {
  return card(
    `${height}`,
    async () => {
      const answer = await ask(`/v1/headers/${height}`);
      if (!reader) return { proven: false, value: JSON.parse(answer) };
      const body = await fetch(`/v1/blocks/${height}`);
      if (!body.ok) throw new Error(`/v1/blocks/${height}: ${body.status}`);
      const bytes = new Uint8Array(await body.arrayBuffer());
      const checked = JSON.parse(reader.block(height, answer, bytes, Date.now()));
      const title = t("explorer-transactions", { n: checked.transactions.length });
      return { proven: true, height: checked.under, value: checked, title };
    },
    `yufu-registry audit --registry ${location.origin} --network-key ${networkKey || "KEY"}`,
  );
}

async function showRecords(section, rows, more) {
  let shown = 0;
  for (const kind of section.dataset.kinds.split(" ")) {
    const after = more.dataset.after ? `?after=${encodeURIComponent(more.dataset.after)}` : "";
    const { keys, next } = JSON.parse(await ask(`/v1/keys/${kind}${after}`));
    rows.append(...keys.map(record));
    shown += keys.length;
    more.hidden = !next;
    more.dataset.after = next ?? "";
  }
  if (shown === 0 && !rows.children.length) rows.append(element("p", { textContent: t("explorer-nothing") }));
}

async function showBlocks(rows, more) {
  const newest = more.dataset.after
    ? Number(more.dataset.after)
    : JSON.parse(await ask("/v1/checkpoint")).height;
  const last = Math.max(newest - BLOCKS, 0);
  for (let height = newest; height > last; height -= 1) rows.append(block(height));
  more.hidden = last === 0;
  more.dataset.after = `${last}`;
}

async function show(section) {
  const rows = section.querySelector(".explorer__rows");
  const more = section.querySelector("[data-more]");
  rows.setAttribute("aria-busy", "true");
  try {
    if (section.dataset.kinds) await showRecords(section, rows, more);
    else await showBlocks(rows, more);
  } catch (error) {
    rows.append(element("p", { className: "notice notice--error", textContent: `${error.message ?? error}` }));
  }
  rows.removeAttribute("aria-busy");
}

// Counts how often something was opened: what was asked for last is what is shown.
let turn = 0;

async function open() {
  turn += 1;
  const own = turn;
  const wanted = location.hash.slice(1) || "blocks";
  for (const section of document.querySelectorAll(".explorer__tab")) {
    section.hidden = section.id !== wanted;
    section.querySelector(".explorer__rows").replaceChildren();
    section.querySelector("[data-more]").dataset.after = "";
  }
  for (const link of document.querySelectorAll("[data-tab]")) {
    if (link.dataset.tab === wanted) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  try {
    await follow();
  } catch (error) {
    say(`${error.message ?? error}`, "error");
  }
  const section = [...document.querySelectorAll(".explorer__tab")].find(({ id }) => id === wanted);
  if (own === turn && section) await show(section);
}

// A file as `HandoverFile` in yufu-core: its name, the genesis digest, each handover behind its length. What
// the node says is passed on as it is, since the counter that takes the file in verifies it.
const FILE_HEAD = new TextEncoder().encode("yufu-handovers/1");
const FILE_LIMIT = 1 << 20;

async function handoversFrom(epoch) {
  const parts = [];
  let size = FILE_HEAD.length + 32;
  for (let next = epoch + 1; ; next += 1) {
    const answer = await fetch(`/v1/handovers/${next}`);
    if (!answer.ok && answer.status !== 404) throw new Error(`${answer.url}: ${answer.status}`);
    const handover = answer.ok ? new Uint8Array(await answer.arrayBuffer()) : null;
    if (!handover || size + 2 + handover.length > FILE_LIMIT) return { parts, to: next - 1 };
    // The header behind its length and kind begins with the genesis digest.
    if (parts.length === 0) parts.push(FILE_HEAD, handover.slice(3, 35));
    parts.push(new Uint8Array([handover.length >> 8, handover.length & 255]), handover);
    size += 2 + handover.length;
  }
}

function download(parts, name) {
  const link = element("a", { href: URL.createObjectURL(new Blob(parts)), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}

document.getElementById("handovers").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.getElementById("handovers-said");
  said.hidden = false;
  said.textContent = t("explorer-loading");
  try {
    const { parts, to } = await handoversFrom(Number(document.getElementById("from").value));
    if (parts.length > 0) download(parts, "yufu-handovers.bin");
    said.textContent = parts.length > 0 ? t("explorer-handovers-saved", { to }) : t("explorer-handovers-none");
  } catch (error) {
    said.textContent = `${error.message ?? error}`;
  }
});

document.getElementById("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  trust(field.value);
  open();
});
document.getElementById("forget").addEventListener("click", () => {
  localStorage.removeItem(KEY);
  field.value = "";
  trust("");
  open();
});
for (const more of document.querySelectorAll("[data-more]")) {
  more.addEventListener("click", () => show(more.closest("section")));
}
window.addEventListener("hashchange", open);

light = await loadLight();
field.value = localStorage.getItem(KEY) ?? "";
trust(field.value);
await open();
document.body.dataset.ready = "true";
