// Camera frames as bytes of brightness. Reading the code is the local program's work, not the browser's.

const LONGEST_SIDE = 1080;

/** Opens the camera into `video`. Rejects with a word: "insecure", "denied" or "none". */
export async function open(video) {
  if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) throw new Error("insecure");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } },
    });
  } catch (error) {
    throw new Error(error.name === "NotAllowedError" ? "denied" : "none");
  }
  video.srcObject = stream;
  await video.play();
  return {
    stop() {
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}

const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });

/**
 * The square in the middle of what `video` shows now, as `{width, height, bytes}`; null while there is no
 * picture. A page shows the video cropped the same way, so that what is seen is what is read.
 */
export function frame(video) {
  const { videoWidth, videoHeight } = video;
  if (!videoWidth || !videoHeight) return null;
  const seen = Math.min(videoWidth, videoHeight);
  const side = Math.min(seen, LONGEST_SIDE);
  canvas.width = side;
  canvas.height = side;
  context.drawImage(video, (videoWidth - seen) / 2, (videoHeight - seen) / 2, seen, seen, 0, 0, side, side);
  const colours = context.getImageData(0, 0, side, side).data;
  const bytes = new Uint8Array(side * side);
  for (let i = 0, j = 0; i < bytes.length; i += 1, j += 4) {
    bytes[i] = (colours[j] * 77 + colours[j + 1] * 150 + colours[j + 2] * 29) >> 8;
  }
  return { width: side, height: side, bytes };
}
