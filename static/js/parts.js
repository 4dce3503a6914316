/* Upload Offline Records: after an answer the reader goes on where the next part opens. Without scripts every answer is a
   page of its own. */
"use strict";

// A button or link that chose something is gone afterwards; whoever was in a group of answers stays there.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "choice" || (document.activeElement && document.activeElement !== document.body)) return;
  document.getElementById("next-part")?.focus();
});
