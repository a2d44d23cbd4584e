// The list of bookings by keyboard, and ticking all at once. Every key has a link, a button or a box that does the same.

const STORED = "keys";

const keys = {
  "/": () => focus(document.getElementById("filter-search")),
  j: () => step(+1),
  k: () => step(-1),
  "?": () => document.getElementById("keys").showModal(),
  // These three mean the booking that has the focus, and nothing without one.
  c: () => current()?.querySelector("form[action$='/confirm'] button:enabled")?.click(),
  d: () => current()?.querySelector("a[href$='/decline']")?.click(),
  x: () => current()?.querySelector(".tick input:enabled")?.click(),
};

const current = () => document.activeElement?.closest("[data-key-stop]");

function step(by) {
  const stops = [...document.querySelectorAll("[data-key-stop]")];
  const here = stops.indexOf(current());
  const next = here < 0 ? (by > 0 ? 0 : -1) : here + by;
  focus(stops.at(next)?.querySelector(".row-link"), here < 0 || (next >= 0 && next < stops.length));
}

function focus(element, isThere = true) {
  if (!element || !isThere) return;
  element.focus();
  element.scrollIntoView({ block: "nearest" });
}

// Where letters are typed or chosen by, they are letters. In a dialog the page behind it stays as it is.
const isTyping = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
const isOff = () => localStorage.getItem(STORED) === "off";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || isOff()) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// Single letters as shortcuts disturb who speaks to the computer: they can be switched off.
const toggle = document.querySelector("[data-act=keys]");
toggle.checked = !isOff();
toggle.addEventListener("change", () => localStorage.setItem(STORED, toggle.checked ? "on" : "off"));

// An address without the filters that nobody has chosen.
document.addEventListener("formdata", (event) => {
  if (event.target.id !== "filters") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-act=tick-all]")) return;
  const boxes = [...document.querySelectorAll(".tick input:enabled")];
  const areAll = boxes.every((box) => box.checked);
  for (const box of boxes) box.checked = !areAll;
});

// What works only with this script is not seen before it runs.
document.body.classList.add("has-script");
