/* How shapes look on the one canvas that all layers share: symbols, clusters with their number, hatching. */
(function (Atlas) {
  "use strict";

  const OUTLINES = {
    circle: (context, x, y, r) => context.arc(x, y, r, 0, 2 * Math.PI),
    square: (context, x, y, r) => context.rect(x - r, y - r, 2 * r, 2 * r),
    triangle: (context, x, y, r) => corners(context, [[x, y - 1.2 * r], [x + 1.1 * r, y + r], [x - 1.1 * r, y + r]]),
    diamond: (context, x, y, r) => {
      const reach = 1.25 * r;
      corners(context, [[x, y - reach], [x + reach, y], [x, y + reach], [x - reach, y]]);
    },
  };

  function corners(context, points) {
    points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  }

  const PointSymbol = L.CircleMarker.extend({
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      const context = renderer._ctx;
      context.beginPath();
      (OUTLINES[this.options.symbol] || OUTLINES.circle)(context, this._point.x, this._point.y, this._radius);
      context.closePath();
      renderer._fillStroke(context, this);
    },
  });

  const ClusterSymbol = L.CircleMarker.extend({
    _updatePath: function () {
      const renderer = this._renderer;
      if (!renderer._drawing || this._empty()) return;
      renderer._updateCircle(this);
      const context = renderer._ctx;
      context.globalAlpha = 1;
      context.fillStyle = "#ffffff";
      context.font = `600 11px ${Atlas.font}`;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText(shortNumber(this.options.count), this._point.x, this._point.y);
    },
  });

  function shortNumber(count) {
    return count < 10000 ? String(count) : Math.round(count / 1000) + "k";
  }

  const TILE = 8;
  const SHARPNESS = 2;
  const hatches = new Map();

  /* A repeating picture of diagonal lines: the canvas takes it wherever it takes a colour. */
  function hatch(colour) {
    if (!hatches.has(colour)) hatches.set(colour, drawHatch(colour));
    return hatches.get(colour);
  }

  function drawHatch(colour) {
    const side = TILE * SHARPNESS;
    const tile = document.createElement("canvas");
    tile.width = tile.height = side;
    const context = tile.getContext("2d");
    context.strokeStyle = colour;
    context.lineWidth = 1.5 * SHARPNESS;
    context.beginPath();
    for (const shift of [-side, 0, side]) {
      context.moveTo(shift - 2, side + 2);
      context.lineTo(shift + side + 2, -2);
    }
    context.stroke();
    const pattern = context.createPattern(tile, "repeat");
    pattern.setTransform(new DOMMatrix().scale(1 / SHARPNESS));
    return pattern;
  }

  /* The options of a Leaflet path for one feature: its style, the colour of its category, the layer's opacity. */
  function pathStyle(spec, values, opacity) {
    const style = spec.style;
    const chosen = spec.category < 0 ? undefined : spec.colours.get(String(values[spec.category]));
    const hatched = style.pattern === "hatch";
    const fill = chosen || style.fill;
    return {
      color: style.stroke,
      weight: style.width,
      opacity: style.width > 0 ? opacity : 0,
      dashArray: style.dash || null,
      fill: style.pattern !== "none",
      fillColor: hatched ? hatch(fill) : fill,
      fillOpacity: opacity * (hatched ? Math.max(style.fillOpacity, 0.6) : style.fillOpacity),
    };
  }

  function lineStyle(spec, values, opacity) {
    const chosen = spec.category < 0 ? undefined : spec.colours.get(String(values[spec.category]));
    return { ...pathStyle(spec, values, opacity), color: chosen || spec.style.stroke, fill: false };
  }

  Atlas.PointSymbol = PointSymbol;
  Atlas.ClusterSymbol = ClusterSymbol;
  Atlas.pathStyle = pathStyle;
  Atlas.lineStyle = lineStyle;
})((window.Atlas = window.Atlas || {}));
