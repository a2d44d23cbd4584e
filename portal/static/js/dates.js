// The calendar by keyboard, and a form whose end and duration follow each other. All of it also works without.

const DAY_MS = 86_400_000;
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };

// --- Days by arrow keys. At the edge of a month they go on in the next one.
document.addEventListener("keydown", (event) => {
  const link = event.target.closest?.("[data-calendar] [data-day]");
  if (!link || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === "PageUp" || event.key === "PageDown") {
    event.preventDefault();
    document.querySelector(`.calendar-steps [rel=${event.key === "PageUp" ? "prev" : "next"}]`)?.click();
    return;
  }
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const day = new Date(Date.parse(link.dataset.day) + step * DAY_MS).toISOString().slice(0, 10);
  document.querySelector(`[data-calendar] [data-day="${day}"]`)?.focus();
});

// --- Choosing a filter is enough; its button is for those without this script
document.body.classList.add("has-script");
document.addEventListener("change", (event) => event.target.closest("[data-narrow]")?.requestSubmit());
document.addEventListener("formdata", (event) => {
  if (!event.target.matches("[data-narrow]")) return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// --- End and duration say the same. In the night when the clocks change, the server knows better.
const minutesOf = (clock) => {
  const [hours, minutes] = clock.split(":").map(Number);
  return hours * 60 + minutes;
};
const clockOf = (minutes) => {
  const inDay = minutes % 1440;
  return [Math.floor(inDay / 60), inDay % 60].map((part) => String(part).padStart(2, "0")).join(":");
};

document.querySelector("[data-plan]")?.addEventListener("input", ({ target, currentTarget }) => {
  const { starts_time: starts, ends_time: ends, duration_minutes: duration } = currentTarget.elements;
  if (!starts.value) return;
  if (target === ends) {
    duration.value = ends.value ? (minutesOf(ends.value) - minutesOf(starts.value) + 1440) % 1440 || "" : "";
  } else if (target === starts || target === duration) {
    const length = Number.parseInt(duration.value, 10);
    ends.value = length > 0 ? clockOf(minutesOf(starts.value) + length) : "";
  }
});
