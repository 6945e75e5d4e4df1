// Looks at the survey while somebody writes it: a moment after the last letter, the form is kept and shown, in the
// language that is written and, where reasons are for glad customers, as these see it.
"use strict";

(() => {
  const form = document.querySelector("form[data-look]");
  const look = form.querySelector("[name=look]");
  let timer = 0;

  form.addEventListener("input", (event) => {
    form.elements.lang.value = event.target.lang;
    form.elements.is_glad.value = /^(why_)?good-/.test(event.target.name) ? "1" : "";
    clearTimeout(timer);
    timer = setTimeout(() => form.requestSubmit(look), 600);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
})();
