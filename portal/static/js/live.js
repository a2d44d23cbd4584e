// Pages that show something alive carry <body data-live>. The server's stream says what changed, never how:
// elements with hx-trigger="portal:changed from:body" then fetch themselves again.

const DEBOUNCE_MS = 150;
const POLL_MS = 20_000;
const FAILURES_UNTIL_POLLING = 3;

let source = null;
let failures = 0;
let polling = null;
let waiting = null;

function announce(detail) {
  // Several changes in a row are one refresh: the parts fetch everything they show anyway.
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    document.body.dispatchEvent(new CustomEvent("portal:changed", { detail }));
  }, DEBOUNCE_MS);
}

function read(event) {
  try {
    return JSON.parse(event.data);
  } catch {
    return {};
  }
}

function startPolling() {
  polling ??= setInterval(() => {
    if (!document.hidden) announce({ kind: "poll", subject: "" });
  }, POLL_MS);
}

function stopPolling() {
  clearInterval(polling);
  polling = null;
}

function onError() {
  failures += 1;
  if (failures >= FAILURES_UNTIL_POLLING) startPolling();
  // A refused stream (an error status) is closed for good by the browser: try again later ourselves.
  if (source?.readyState === EventSource.CLOSED) {
    startPolling();
    source = null;
    setTimeout(open, POLL_MS);
  }
}

function open() {
  if (source || !("EventSource" in window)) return;
  source = new EventSource("/events");
  source.addEventListener("open", () => {
    // What changed while there was no stream is not repeated, so look once.
    if (failures > 0) announce({ kind: "resync", subject: "" });
    failures = 0;
    stopPolling();
  });
  source.addEventListener("changed", (event) => {
    const { kind = "", subject = "" } = read(event);
    announce({ kind, subject });
  });
  source.addEventListener("resync", () => announce({ kind: "resync", subject: "" }));
  source.addEventListener("error", onError);
}

function close() {
  source?.close();
  source = null;
  stopPolling();
}

if (document.body.hasAttribute("data-live")) {
  if (!("EventSource" in window)) startPolling();
  open();
  addEventListener("pagehide", close);
  // A page that comes back from the browser's cache shows an old state.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    open();
    announce({ kind: "resync", subject: "" });
  });
}
