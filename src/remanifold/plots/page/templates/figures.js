(() => {
  const make = (name, attributes, parent) => {
    const element = document.createElementNS(parent.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return parent.appendChild(element);
  };
  const nearest = (values, at) => values.reduce((best, value, i) => (Math.abs(value - at) < Math.abs(values[best] - at) ? i : best), 0);
  const readable = (places) => places.every(Number.isFinite);

  // Curves: a slider under the drawing, which arrow keys move, chooses a point; its numbers are those of the table.
  for (const figure of document.querySelectorAll("figure[data-points]")) {
    const curves = JSON.parse(figure.dataset.points);
    const slider = figure.querySelector("input[type=range]");
    const [head, ...rows] = [...figure.querySelectorAll(".numbers tr")].map((row) => [...row.children].map((cell) => cell.textContent.trim()));
    if (!rows.length || !curves.wide.length) continue;
    const drawings = ["wide", "narrow"].map((kind) => {
      const svg = figure.querySelector(`.${kind} svg`);
      const [width, height] = svg.getAttribute("viewBox").split(" ").slice(2).map(Number);
      const group = make("g", { class: "cursor", visibility: "hidden" }, svg);
      const line = make("line", { y1: 0, y2: height }, group);
      return { svg, width, group, line, curves: curves[kind], dots: curves[kind].map(() => make("circle", { r: 4.5 }, group)) };
    });
    const show = (i) => {
      slider.value = i;
      for (const { group, line, dots, curves } of drawings) {
        group.setAttribute("visibility", "visible");
        for (const end of ["x1", "x2"]) line.setAttribute(end, curves[0][i][0]);
        curves.forEach((curve, k) => {
          dots[k].setAttribute("visibility", readable(curve[i]) ? "inherit" : "hidden");
          if (readable(curve[i])) ["cx", "cy"].forEach((name, side) => dots[k].setAttribute(name, curve[i][side]));
        });
      }
      const words = rows[i].map((cell, k) => `${head[k].replace(" ± error", "")} ${cell}`);
      figure.querySelector("output").textContent = words.join(" · ");
      slider.setAttribute("aria-valuetext", words[0]);
    };
    slider.max = rows.length - 1;
    slider.addEventListener("input", () => show(Number(slider.value)));
    slider.addEventListener("focus", () => show(Number(slider.value)));
    for (const { svg, width, curves } of drawings)
      svg.addEventListener("pointermove", (event) => {
        const box = svg.getBoundingClientRect();
        show(nearest(curves[0].map(([x]) => x), ((event.clientX - box.left) / box.width) * width));
      });
    figure.querySelector(".read").hidden = false;
  }

  // Paper: open what is folded away, but for the tables of single points.
  const folded = [...document.querySelectorAll("details:not(.numbers)")];
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = folded.filter((one) => !one.open);
    for (const one of opened) one.open = true;
  });
  const restore = () => {
    for (const one of opened) one.open = false;
    opened = [];
  };
  // "afterprint" may come while the page still has the paper's layout; the media query tells when the screen is back.
  addEventListener("afterprint", restore);
  matchMedia("print").addEventListener("change", (print) => print.matches || restore());
})();
