// Sets every formula of the page; one that KaTeX cannot read is an error that the tests see.
document.addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".formula")) {
    katex.render(place.textContent, place, { displayMode: place.tagName === "DIV", throwOnError: true });
  }
});
