// The menu closes as menus do: by Escape, and by a tap beside it. Without this it closes by its own name.
"use strict";

(() => {
  const menu = document.querySelector(".menu");
  if (!menu) {
    return;
  }
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
