/* What makes pages nicer where scripts run. Nothing here is needed: every page works without it. */
"use strict";

document.documentElement.classList.add("has-js");

// --- light or dark, remembered in a cookie so that the server can write it into the page without a flash ---

function currentTheme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen) return chosen;
  return window.matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function chooseTheme(theme) {
  document.documentElement.dataset.theme = theme;
  const secure = window.location.protocol === "https:" ? ";secure" : "";
  document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax${secure}`;
}

// --- copying ---

async function copyText(button) {
  const box = button.closest(".copy-text");
  const source = box.querySelector("[data-copy-source]");
  const done = box.querySelector("[role=status]");
  try {
    await navigator.clipboard.writeText(source.textContent);
    done.textContent = button.dataset.done;
    window.setTimeout(() => {
      done.textContent = "";
    }, 2000);
  } catch {
    // No permission, or plain HTTP: select the text, so that one keystroke copies it.
    window.getSelection().selectAllChildren(source);
  }
}

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy);
  if (event.target.closest("[data-theme-toggle]")) chooseTheme(currentTheme() === "dark" ? "light" : "dark");
  document.querySelectorAll("details[data-popover][open]").forEach((popover) => {
    if (!popover.contains(event.target)) popover.open = false;
  });
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    document.querySelectorAll("details[data-popover][open]").forEach((popover) => {
      popover.open = false;
      popover.querySelector("summary").focus();
    });
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    const search = document.querySelector("[data-search]");
    if (search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
  }
});

// --- one press, one request: a second submit of the same form is ignored until the page is shown again ---

document.addEventListener("submit", (event) => {
  const form = event.target;
  // A button with a target of its own, such as a preview in a frame, leaves the page as it is.
  if (event.defaultPrevented || form.method !== "post" || event.submitter?.formTarget) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // A download answers without leaving the page.
  if (form.hasAttribute("data-stays")) window.setTimeout(() => delete form.dataset.sent, 1500);
  event.submitter?.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
  document.querySelectorAll("button[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
});

// --- "all of these" boxes: <input type="checkbox" data-check-all="person"> for boxes named person ---

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-check-all]");
  if (!all) return;
  const scope = all.form || document;
  scope.querySelectorAll(`input[type=checkbox][name="${CSS.escape(all.dataset.checkAll)}"]`).forEach((box) => {
    if (!box.disabled) box.checked = all.checked;
  });
});

// --- a button that waits for a choice: <button data-waits-for="messages"> until one of the radio buttons of that name is
// chosen; [data-until] gives the reason as long, [data-says] repeats the choice. Without scripts the server refuses. ---

function followChoice(button) {
  const name = button.dataset.waitsFor;
  const chosen = document.querySelector(`input[type=radio][name="${CSS.escape(name)}"]:checked`);
  button.disabled = !chosen;
  document.querySelectorAll(`[data-until="${CSS.escape(name)}"]`).forEach((reason) => {
    reason.hidden = Boolean(chosen);
  });
  if (!chosen) return;
  document.querySelectorAll(`[data-says="${CSS.escape(name)}"]`).forEach((words) => {
    words.textContent = chosen.dataset.words;
  });
}

function followChoices() {
  document.querySelectorAll("[data-waits-for]").forEach(followChoice);
}

document.addEventListener("change", followChoices);
window.addEventListener("pageshow", followChoices);
followChoices();

// --- live parts: when a refresh fails, the words for it appear instead of numbers that look fresh ---

function sayStale(event) {
  const live = event.target.closest("[data-live]");
  live?.querySelectorAll("[data-live-stale]").forEach((words) => {
    words.hidden = false;
  });
}

["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => {
  document.addEventListener(name, sayStale);
});

// --- after a form came back with errors, the reader starts at their summary ---

document.querySelector("[data-focus]")?.focus();
