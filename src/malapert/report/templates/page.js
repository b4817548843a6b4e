"use strict";
(function () {
  // Text that Plotly would read as a formula or send anywhere is escaped before it comes here; see wording.plot_text.
  var config = {displaylogo: false, showSendToCloud: false, responsive: true, scrollZoom: false, topojsonURL: "", plotlyServerURL: "",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "sendChartToCloud"]};
  var waiting = Array.prototype.slice.call(document.querySelectorAll("script.figure"));
  var drawn = {};

  function draw(source) {
    var name = source.dataset.for, place = document.getElementById(name);
    if (drawn[name] || !place || !place.getClientRects().length) { return; }
    drawn[name] = true;
    var figure = JSON.parse(source.textContent);
    Plotly.newPlot(place, figure.data, figure.layout, config);
  }

  // One plot a turn, so that the page answers while it fills.
  function next() {
    var source = waiting.shift();
    if (!source) { document.documentElement.dataset.drawn = "all"; return; }
    draw(source);
    window.setTimeout(next, 0);
  }
  next();

  function all() { document.querySelectorAll("script.figure").forEach(draw); }
  document.querySelectorAll("details").forEach(function (fold) { fold.addEventListener("toggle", all); });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (fold) { fold.open = true; });
    all();
  });

  var links = Array.prototype.slice.call(document.querySelectorAll(".bar a"));
  var seen = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) { return; }
      links.forEach(function (link) { link.classList.toggle("here", link.hash === "#" + entry.target.id); });
    });
  }, {rootMargin: "-15% 0px -75% 0px"});
  document.querySelectorAll("main > section").forEach(function (section) { seen.observe(section); });
})();
