// Everything small that a page does by itself. Elements say what with data-act; nothing here is needed to
// reach a goal, every action also works as a plain link or form.

const TOAST_MS = 7000;
const YEAR_SECONDS = 365 * 24 * 3600;

const acts = {
  "open-dialog": (element) => openDialog(document.getElementById(element.dataset.dialog)),
  "close-dialog": (element, event) => {
    const dialog = element.closest("dialog");
    // Outside a dialog, "Cancel" is the link that it looks like.
    if (!dialog) return;
    event.preventDefault();
    dialog.close();
  },
  print: () => window.print(),
  dismiss: (element) => leave(element.closest("[data-toast]")),
  copy: async (element) => {
    await navigator.clipboard.writeText(element.dataset.text);
    element.dataset.done = "";
    setTimeout(() => delete element.dataset.done, 2000);
  },
};

function openDialog(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

function leave(toast) {
  if (!toast) return;
  toast.classList.add("is-leaving");
  setTimeout(() => toast.remove(), 250);
}

function chooseTheme(theme) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=${YEAR_SECONDS}; SameSite=Lax${secure}`;
  document.documentElement.dataset.theme = theme;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
  const element = event.target.closest("[data-act]");
  const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
  if (element && isPlain) acts[element.dataset.act]?.(element, event);
  // The backdrop belongs to the dialog, its box does not.
  if (event.target instanceof HTMLDialogElement) event.target.close();
});

document.addEventListener("submit", (event) => {
  if (event.target.dataset.act !== "theme" || !event.submitter) return;
  event.preventDefault();
  chooseTheme(event.submitter.value);
  closeMenus();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

// A dialog that is closed forgets what was in it: the next one starts empty.
document.addEventListener(
  "close",
  (event) => {
    if (event.target.id === "dialog") document.getElementById("dialog-content").replaceChildren();
  },
  true,
);

// Good news leaves by itself, unless somebody reads it, and when there is newer; bad news waits to be closed.
new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]).filter((node) => node instanceof HTMLElement);
  if (added.length === 0) return;
  for (const older of document.querySelectorAll("#toaster > :not([data-tone=error])")) {
    if (!added.includes(older)) older.remove();
  }
  for (const node of added) {
    if (node.dataset.tone === "error") continue;
    const wait = () => setTimeout(() => (node.matches(":hover, :focus-within") ? wait() : leave(node)), TOAST_MS);
    wait();
  }
}).observe(document.getElementById("toaster"), { childList: true });

// --- How long something is still possible
const ends = new WeakMap();

function tick() {
  for (const element of document.querySelectorAll("[data-seconds]")) {
    // The server says how many seconds are left: the clock of this device may be wrong.
    if (!ends.has(element)) ends.set(element, performance.now() + Number(element.dataset.seconds) * 1000);
    const seconds = Math.ceil((ends.get(element) - performance.now()) / 1000);
    if (seconds > 0) {
      const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      element.textContent = element.dataset.left.replace("{time}", time);
    } else {
      element.closest("[data-ends]")?.remove();
      element.removeAttribute("data-seconds");
      element.textContent = "";
      refresh("time");
    }
  }
}
setInterval(tick, 1000);
document.addEventListener("htmx:after:swap", tick);
tick();

// --- Live parts of the page fetch themselves again, with or without the event stream
function refresh(kind) {
  document.body.dispatchEvent(new CustomEvent("portal:changed", { detail: { kind, subject: "" } }));
}

document.addEventListener("htmx:after:request", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-refresh]")) refresh("action");
});

// --- The counts in the menu come along with the part that was fetched
document.addEventListener("htmx:after:swap", () => {
  for (const { dataset } of document.querySelectorAll("[data-badge-of]")) {
    for (const badge of document.querySelectorAll(`nav a[href="${CSS.escape(dataset.badgeOf)}"] .badge-count`)) {
      badge.textContent = dataset.count;
      badge.hidden = dataset.count === "0";
    }
  }
});

// --- After a swap the focus stays where the person was working
let acting = null;
document.addEventListener("htmx:before:request", (event) => {
  const target = event.detail?.ctx?.target;
  acting = target?.contains(document.activeElement) && document.activeElement !== document.body ? target.id : null;
});
document.addEventListener("htmx:after:swap", () => {
  const dialog = document.querySelector("dialog[open]");
  // While it was empty, the browser could only focus its frame.
  if (dialog && !document.activeElement.closest(".dialog-content")) {
    const first = ".dialog-content :is(input:not([type=hidden]), select, textarea, button, a)";
    (dialog.querySelector(".dialog-content [aria-invalid=true]") ?? dialog.querySelector(first))?.focus();
  }
  if (!acting || document.activeElement !== document.body) return;
  const target = document.getElementById(acting);
  acting = null;
  if (!target) return;
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
});
