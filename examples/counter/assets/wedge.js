// A keyboard-wedge scanner types digits faster than a person and ends with Enter. It may type anywhere on
// the page; a field that has the focus keeps its keys.

const LONGEST_GAP_MS = 120;
const SHORTEST_CODE = 20;

/** Calls `onText` with each text that a scanner typed. */
export function listen(onText) {
  let typed = "";
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select")) return;
    if (event.timeStamp - last > LONGEST_GAP_MS) typed = "";
    last = event.timeStamp;
    if (/^[0-9]$/.test(event.key)) {
      typed += event.key;
      event.preventDefault();
    } else if (event.key === "Enter" && typed.length >= SHORTEST_CODE) {
      // Without this, Enter would also press the button that has the focus.
      event.preventDefault();
      onText(typed);
      typed = "";
    }
  });
}
