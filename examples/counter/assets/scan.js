// The scan page: camera, upload and scanner feed one session in the local program, which answers with
// how far it is or with the verdict's panel.

import * as camera from "./camera.js";
import * as wedge from "./wedge.js";

const scan = document.getElementById("scan");
const reader = document.getElementById("reader");
const verdict = document.getElementById("verdict");
const video = document.getElementById("camera");
const target = document.getElementById("target");
const cameraOff = document.getElementById("camera-off");
const progress = document.getElementById("progress");
const startButton = document.getElementById("start-camera");
const stopButton = document.getElementById("stop-camera");

const { preset, session } = scan.dataset;
const LOOK_EVERY_MS = 90;
const WATCH_EVERY_MS = 600;

let opened = null;
let showing = false;
let clearTimer = null;

const address = (kind) => `/scan/${encodeURIComponent(preset)}/${kind}?session=${encodeURIComponent(session)}`;

function say(word, values = {}) {
  let text = progress.dataset[word] ?? "";
  for (const [name, value] of Object.entries(values)) text = text.replace(`{${name}}`, value);
  if (progress.textContent !== text) progress.textContent = text;
}

async function send(kind, options) {
  let answer;
  try {
    const response = await fetch(address(kind), { method: "POST", ...options });
    answer = await response.json();
  } catch {
    say("lost");
    return;
  }
  take(answer);
}

function take(answer) {
  if (answer.state === "verdict") show(answer.panel);
  else if (answer.state === "collecting") say("collecting", { have: answer.have, total: answer.total });
  else if (answer.state === "same") say("same");
  else if (answer.state === "problem") progress.textContent = answer.message;
  else say("looking");
}

function show(panel) {
  verdict.innerHTML = panel;
  verdict.hidden = false;
  reader.hidden = true;
  showing = true;
  verdict.querySelector(".verdict")?.focus();
  window.scrollTo(0, 0);
  arm();
}

/** Counts down to the moment when what was disclosed leaves the screen. */
function arm() {
  const clearing = document.getElementById("clearing");
  document.getElementById("next-person")?.addEventListener("click", (event) => {
    event.preventDefault();
    clear();
  });
  let left = Number(scan.dataset.clearAfter);
  const tell = () => {
    if (clearing) clearing.textContent = clearing.dataset.text.replace("{n}", left);
  };
  tell();
  clearInterval(clearTimer);
  clearTimer = setInterval(() => {
    left -= 1;
    if (left <= 0) clear();
    else tell();
  }, 1000);
}

async function clear() {
  clearInterval(clearTimer);
  verdict.replaceChildren();
  verdict.hidden = true;
  reader.hidden = false;
  showing = false;
  say(opened ? "looking" : "");
  for (const form of document.forms) form.reset();
  try {
    await fetch(address("clear"), { method: "POST" });
  } catch {
    say("lost");
  }
  (opened ? stopButton : startButton).focus();
}

async function look() {
  while (opened) {
    const began = performance.now();
    const picture = camera.frame(video);
    if (picture && !document.hidden) {
      await send("camera", {
        headers: { "content-type": "application/octet-stream", "x-frame-size": `${picture.width}x${picture.height}` },
        body: picture.bytes,
      });
    }
    const pause = (showing ? WATCH_EVERY_MS : LOOK_EVERY_MS) - (performance.now() - began);
    await new Promise((resolve) => setTimeout(resolve, Math.max(pause, 10)));
  }
}

async function start() {
  try {
    opened = await camera.open(video);
  } catch (error) {
    say(error.message);
    return;
  }
  camOn(true);
  say("looking");
  look();
}

function stop() {
  opened?.stop();
  opened = null;
  camOn(false);
  say("");
}

function camOn(on) {
  video.hidden = target.hidden = !on;
  cameraOff.hidden = on;
  startButton.hidden = on;
  stopButton.hidden = !on;
}

document.getElementById("upload").addEventListener("submit", (event) => {
  event.preventDefault();
  send("images", { body: new FormData(event.target) });
});

document.getElementById("typed").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = event.target.elements.text;
  send("text", { headers: { "content-type": "text/plain" }, body: input.value });
  input.value = "";
});

wedge.listen((text) => send("text", { headers: { "content-type": "text/plain" }, body: text }));
startButton.addEventListener("click", start);
stopButton.addEventListener("click", stop);
camOn(false);
if (!verdict.hidden) {
  showing = true;
  arm();
}

// Where the reader has allowed the camera before, it starts by itself.
navigator.permissions?.query({ name: "camera" }).then(
  (permission) => permission.state === "granted" && start(),
  () => {},
);
