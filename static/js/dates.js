/* The date format picker: shows at once how a day looks in the chosen format, and has the template follow it.
   Without this script the page shows the sample of the last choice, and the template has a choice of its own. */
"use strict";

(() => {
  const signs = { hyphen: "-", slash: "/", stop: ".", space: " " };

  function follow(picker) {
    const chosen = {};
    picker.querySelectorAll("[data-date-part]").forEach((part) => {
      chosen[part.dataset.datePart] = part.value;
    });
    const write = (parts) => Array.from(chosen.order, (letter) => parts[letter]).join(signs[chosen.separator]);
    const output = picker.querySelector("[data-date-sample]");
    const [year, month, day] = output.dataset.dateSample.split("-");
    output.textContent = write({ y: year.slice(-chosen.years.length), m: month, d: day });
    const name = write({ y: chosen.years, m: "mm", d: "dd" });
    document.querySelectorAll("[data-follows-date-format]").forEach((select) => {
      select.value = name;
    });
  }

  document.addEventListener("change", (event) => {
    const picker = event.target.closest("[data-date-picker]");
    if (picker && event.target.matches("[data-date-part]")) follow(picker);
  });
  // A browser that goes back fills in what was chosen before.
  window.addEventListener("pageshow", () => document.querySelectorAll("[data-date-picker]").forEach(follow));
})();
