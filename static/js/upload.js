/* The drop zone: drag and drop, name and size, progress of the upload, cancel.
   Without this script the browser's own file field stands there and the form is sent as usual. */
"use strict";

(() => {
  const locale = document.documentElement.lang || undefined;

  function sayBytes(bytes) {
    const units = ["B", "KB", "MB", "GB"];
    let size = bytes;
    let unit = 0;
    while (size >= 1024 && unit < units.length - 1) {
      size /= 1024;
      unit += 1;
    }
    const digits = unit > 0 && size < 10 ? 1 : 0;
    return `${size.toLocaleString(locale, { maximumFractionDigits: digits })} ${units[unit]}`;
  }

  function setUp(zone) {
    const input = zone.querySelector("[data-drop-input]");
    const form = input.form;
    // Not form.action: that would be a field of this name.
    const address = form && new URL(form.getAttribute("action") || "", window.location.href).href;
    const part = (name) => zone.querySelector(`[data-drop-${name}]`);
    const words = part("text");
    const bar = part("progress");
    let request = null;

    function say(text, wrong = false) {
      words.textContent = text;
      words.classList.toggle("is-wrong", wrong);
      words.classList.toggle("muted", !wrong);
    }

    function showFile() {
      const file = input.files[0];
      zone.classList.toggle("has-file", Boolean(file));
      part("file").hidden = !file;
      if (!file) return;
      part("name").textContent = file.name;
      const limit = Number(zone.dataset.maxBytes || 0);
      const tooLarge = limit > 0 && file.size > limit;
      say(tooLarge ? `${sayBytes(file.size)}. ${zone.dataset.tooLarge}` : sayBytes(file.size), tooLarge);
      zone.dispatchEvent(new CustomEvent("file:chosen", { bubbles: true, detail: { file } }));
    }

    function takeFile(transfer) {
      if (!transfer.files.length) return;
      const one = new DataTransfer();
      one.items.add(transfer.files[0]);
      input.files = one.files;
      showFile();
    }

    const carriesFile = (event) => Array.from(event.dataTransfer?.types || []).includes("Files");
    const area = zone.hasAttribute("data-drop-page") ? document : zone;
    let depth = 0;
    area.addEventListener("dragenter", (event) => {
      if (!carriesFile(event)) return;
      depth += 1;
      zone.classList.add("is-over");
    });
    area.addEventListener("dragleave", () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) zone.classList.remove("is-over");
    });
    area.addEventListener("dragover", (event) => {
      if (carriesFile(event)) event.preventDefault();
    });
    area.addEventListener("drop", (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      depth = 0;
      zone.classList.remove("is-over");
      if (!request) takeFile(event.dataTransfer);
    });

    input.addEventListener("change", showFile);
    part("clear").addEventListener("click", () => {
      input.value = "";
      showFile();
      input.focus();
    });

    function sending(active) {
      bar.hidden = !active;
      part("cancel").hidden = !active;
      part("clear").hidden = active;
      document.querySelectorAll(`button[form="${form.id}"]`).forEach((button) => (button.disabled = active));
      form.querySelectorAll("button[type=submit]").forEach((button) => (button.disabled = active));
      if (!active) {
        request = null;
        delete form.dataset.sent;
        form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
      }
    }

    function showAnswer(answer) {
      const next = answer.getResponseHeader("HX-Redirect");
      if (next) {
        window.location.assign(next);
        return;
      }
      if (answer.responseURL && answer.responseURL !== address && answer.status < 400) {
        window.location.assign(answer.responseURL);
        return;
      }
      // The page again, with its errors: take its content, as a browser would.
      const page = new DOMParser().parseFromString(answer.responseText, "text/html");
      const main = page.querySelector("main");
      if (!main || answer.status >= 500) {
        sending(false);
        say(zone.dataset.broken, true);
        return;
      }
      document.querySelector("main").replaceWith(main);
      document.title = page.title;
      main.querySelectorAll("[data-drop-zone]").forEach(setUp);
      window.htmx?.process(main);
      window.scrollTo(0, 0);
      (main.querySelector("[data-focus]") || main).focus();
    }

    function send(submitter) {
      const data = new FormData(form, submitter);
      request = new XMLHttpRequest();
      request.open("POST", address);
      request.setRequestHeader("HX-Request", "true");
      const token = form.querySelector("[name=csrfmiddlewaretoken]");
      if (token) request.setRequestHeader("X-CSRFToken", token.value);
      request.upload.addEventListener("progress", (event) => {
        if (!event.lengthComputable) return;
        bar.value = (100 * event.loaded) / event.total;
        say(`${zone.dataset.sending}: ${sayBytes(event.loaded)} / ${sayBytes(event.total)}`);
      });
      request.upload.addEventListener("load", () => {
        bar.removeAttribute("value");
        say(zone.dataset.received);
      });
      request.addEventListener("load", () => showAnswer(request));
      request.addEventListener("error", () => {
        sending(false);
        say(zone.dataset.broken, true);
      });
      request.addEventListener("abort", () => {
        sending(false);
        say(zone.dataset.stopped);
      });
      bar.value = 0;
      sending(true);
      request.send(data);
    }

    part("cancel").addEventListener("click", () => request?.abort());
    if (form?.hasAttribute("data-upload")) {
      form.addEventListener("submit", (event) => {
        if (!input.files.length) return;
        event.preventDefault();
        if (!request) send(event.submitter);
      });
    }
    showFile();
  }

  document.querySelectorAll("[data-drop-zone]").forEach(setUp);
})();
