(() => {
  const drawings = JSON.parse(document.getElementById("figures-json").textContent);
  const config = {
    responsive: true, displaylogo: false, plotlyServerURL: "", showLink: false, scrollZoom: false, doubleClick: false,
    modeBarButtons: [["toImage"]], toImageButtonOptions: { format: "svg" },
  };
  const plots = Object.keys(drawings).map((key) => document.getElementById("plot-" + key));
  const heights = new Map();
  for (const plot of plots) {
    const { data, layout } = drawings[plot.id.slice("plot-".length)];
    heights.set(plot, layout.height);
    Plotly.newPlot(plot, data, layout, config);
  }
  // Paper has another width than the window: draw for it, and open what is folded away.
  const PAPER = { width: 640, height: 310, autosize: false };
  const folded = [...document.querySelectorAll("details")];
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = folded.filter((one) => !one.open);
    for (const one of opened) one.open = true;
    for (const plot of plots) Plotly.relayout(plot, PAPER);
  });
  const restore = () => {
    for (const one of opened) one.open = false;
    opened = [];
    for (const plot of plots) Plotly.relayout(plot, { width: null, height: heights.get(plot), autosize: true });
  };
  // "afterprint" may come while the page still has the paper's layout; the media query tells when the screen is back.
  addEventListener("afterprint", restore);
  matchMedia("print").addEventListener("change", (print) => print.matches || restore());
})();
