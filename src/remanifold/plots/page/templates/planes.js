(() => {
  const { x, y, z, symbols } = JSON.parse(document.getElementById("planes-json").textContent);
  const place = document.querySelector(".place");
  const [across, up] = ["place-x", "place-y"].map((id) => document.getElementById(id));
  const names = [...place.querySelectorAll("label")].map((label) => label.textContent);
  const nearest = (values, at) => values.reduce((best, value, i) => (Math.abs(value - at) < Math.abs(values[best] - at) ? i : best), 0);
  const make = (name, attributes, parent) => {
    const element = document.createElementNS(parent.namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return parent.appendChild(element);
  };
  const drawings = [...document.querySelectorAll("figure[data-plane]")].flatMap((figure) =>
    Object.entries(JSON.parse(figure.dataset.plane)).map(([kind, [columns, rows]]) => {
      const svg = figure.querySelector(`.${kind} svg`);
      return {
        svg, columns: columns.map((point) => point[0]), rows: rows.map((point) => point[1]),
        size: svg.getAttribute("viewBox").split(" ").slice(2).map(Number),
        ring: make("circle", { class: "ring", r: 11, visibility: "hidden" }, svg),
      };
    }));
  const show = (i, j) => {
    [across.value, up.value] = [i, j];
    for (const { columns, rows, ring } of drawings)
      for (const [name, value] of [["cx", columns[i]], ["cy", rows[j]], ["visibility", "visible"]]) ring.setAttribute(name, value);
    const here = [`${names[0]} ${x[i].toPrecision(3)}`, `${names[1]} ${y[j].toPrecision(3)}`];
    const output = place.querySelector("output");
    output.textContent = `${here.join(", ")}: `;
    Object.keys(z).forEach((key, k) => {
      if (k) output.append(" · ");
      const item = make("span", { class: "option" }, output);
      for (const part of symbols[key].split(/(_\w)/)) part[0] === "_" ? (make("sub", {}, item).textContent = part[1]) : item.append(part);
      item.append(` = ${z[key][j][i] === null ? "none" : z[key][j][i].toPrecision(3)}`);
    });
    across.setAttribute("aria-valuetext", here[0]);
    up.setAttribute("aria-valuetext", here[1]);
  };
  [across.max, up.max] = [x.length - 1, y.length - 1];
  const [i, j] = place.dataset.start.split(",").map(Number);
  for (const slider of [across, up]) slider.addEventListener("input", () => show(Number(across.value), Number(up.value)));
  for (const { svg, columns, rows, size } of drawings)
    svg.addEventListener("pointermove", (event) => {
      const box = svg.getBoundingClientRect();
      const at = [((event.clientX - box.left) / box.width) * size[0], ((event.clientY - box.top) / box.height) * size[1]];
      show(nearest(columns, at[0]), nearest(rows, at[1]));
    });
  place.hidden = false;
  show(i, j);
})();
