/* Lines of a form: added one at a time, moved up and down, instead of three empty ones and numbers for their order.
   Without this script the page shows three empty lines, and a number for the place of each. */
"use strict";

(() => {
  document.querySelectorAll("[data-rows]").forEach((box) => {
    const prefix = box.dataset.rows;
    const total = box.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
    const most = Number(box.querySelector(`[name="${prefix}-MAX_NUM_FORMS"]`).value);
    const template = box.querySelector("template");
    const add = box.querySelector("[data-add-row]");

    const rows = () => Array.from(box.querySelectorAll("[data-row]"));
    const part = (row, name) => row.querySelector(`[name$="-${name}"]`);

    function number() {
      rows().forEach((row, index) => {
        part(row, "ORDER").value = index + 1;
      });
      add.hidden = rows().length >= most;
    }

    function move(row, step) {
      const all = rows();
      const other = all[all.indexOf(row) + step];
      if (!other) return;
      other[step < 0 ? "before" : "after"](row);
      number();
    }

    function prepare(row) {
      part(row, "ORDER").closest(".field").hidden = true;
      row.querySelector("[data-row-buttons]").hidden = false;
    }

    rows().forEach((row) => {
      const isEmpty = !part(row, "id").value && !part(row, "label").value && !row.querySelector(".field-wrong");
      if (isEmpty) row.remove();
      else prepare(row);
    });
    add.hidden = false;
    number();

    box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-row]");
      if (row && event.target.closest("[data-up]")) move(row, -1);
      if (row && event.target.closest("[data-down]")) move(row, 1);
      if (!event.target.closest("[data-add-row]")) return;
      const holder = document.createElement("div");
      holder.innerHTML = template.innerHTML.replaceAll("__prefix__", total.value);
      total.value = Number(total.value) + 1;
      const made = holder.firstElementChild;
      add.parentElement.before(made);
      prepare(made);
      number();
      part(made, "label").focus();
    });
  });
})();
