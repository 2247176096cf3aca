// Reads one QR code with the camera and hands its text to the form.

import * as camera from "./camera.js";

const button = document.getElementById("start-camera");
const video = document.getElementById("camera");
const viewfinder = document.getElementById("viewfinder");
const progress = document.getElementById("progress");
const form = document.getElementById("read");

async function scan() {
  let opened;
  try {
    viewfinder.hidden = false;
    opened = await camera.open(video);
  } catch (error) {
    viewfinder.hidden = true;
    progress.textContent = progress.dataset[error.message] ?? "";
    return;
  }
  button.hidden = true;
  progress.textContent = progress.dataset.looking;
  for (;;) {
    const picture = camera.frame(video);
    if (picture) {
      try {
        const response = await fetch("/read", {
          method: "POST",
          headers: { "content-type": "application/octet-stream", "x-frame-size": `${picture.width}x${picture.height}` },
          body: picture.bytes,
        });
        const { text } = await response.json();
        if (text) {
          opened.stop();
          form.elements.text.value = text;
          form.submit();
          return;
        }
      } catch {
        progress.textContent = progress.dataset.lost;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

button.hidden = false;
button.addEventListener("click", scan);
