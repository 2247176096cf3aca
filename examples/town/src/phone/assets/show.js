// Swaps the pictures of the code, and asks for the next code when it is due.

const code = document.getElementById("code");
const next = document.getElementById("next");
const { session } = code.dataset;
const frameMs = Number(code.dataset.frameMs);

let frames = [];
let at = 0;
let left = 0;

async function renew() {
  let answer;
  try {
    const response = await fetch(`/show/${session}/code`, { headers: { accept: "application/json" } });
    if (response.status === 404) {
      window.location.reload();
      return;
    }
    answer = await response.json();
  } catch {
    next.textContent = next.dataset.lost;
    setTimeout(renew, 3000);
    return;
  }
  frames = answer.frames;
  left = answer.next_in_ms;
  at = 0;
  draw();
  tell();
  setTimeout(renew, left + 50);
}

function draw() {
  if (frames.length > 0) code.innerHTML = frames[at % frames.length];
}

setInterval(() => {
  at += 1;
  if (frames.length > 1) draw();
}, frameMs);

function tell() {
  next.textContent = next.dataset.text.replace("{n}", Math.ceil(left / 1000));
}

setInterval(() => {
  left = Math.max(0, left - 1000);
  tell();
}, 1000);

renew();
