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

  const AEROPLANE = [[0, -1.3], [0.2, -0.95], [0.2, -0.35], [1.25, 0.3], [1.25, 0.6], [0.2, 0.2], [0.15, 0.85], [0.5, 1.15], [0.5, 1.35], [0, 1.2]];
  const CROSS = [[-0.4, -1.2], [0.4, -1.2], [0.4, -0.4], [1.2, -0.4], [1.2, 0.4], [0.4, 0.4], [0.4, 1.2], [-0.4, 1.2], [-0.4, 0.4], [-1.2, 0.4], [-1.2, -0.4], [-0.4, -0.4]];

  function starPoints() {
    return [...Array(10).keys()].map((k) => {
      const [reach, turn] = [k % 2 ? 0.62 : 1.5, (k * Math.PI) / 5];
      return [reach * Math.sin(turn), -reach * Math.cos(turn)];
    });
  }

  /* Symbols of many corners, in radii from the middle. */
  const SHAPES = {
    star: starPoints(),
    cross: CROSS,
    airport: [...AEROPLANE, ...AEROPLANE.slice(1, -1).reverse().map(([x, y]) => [-x, y])],
  };

  function shapeOutline(shape) {
    return (context, x, y, r) => corners(context, shape.map(([right, down]) => [x + r * right, y + r * down]));
  }

  for (const [name, shape] of Object.entries(SHAPES)) OUTLINES[name] = shapeOutline(shape);

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

  /* From where to where the lines of a pattern run in a tile of a side. */
  const HATCHINGS = {
    hatch: (side) => [-side, 0, side].map((shift) => [shift - 2, side + 2, shift + side + 2, -2]),
    hatch_back: (side) => [-side, 0, side].map((shift) => [shift - 2, -2, shift + side + 2, side + 2]),
    horizontal: (side) => [[0, side / 2, side, side / 2]],
    vertical: (side) => [[side / 2, 0, side / 2, side]],
  };

  /* A repeating picture of lines: the canvas takes it wherever it takes a colour. */
  function hatch(colour, pattern) {
    const key = `${pattern} ${colour}`;
    if (!hatches.has(key)) hatches.set(key, drawHatch(colour, pattern));
    return hatches.get(key);
  }

  function drawHatch(colour, name) {
    const side = TILE * SHARPNESS;
    const tile = document.createElement("canvas");
    tile.width = tile.height = side;
    const context = tile.getContext("2d");
    context.strokeStyle = colour;
    context.lineWidth = 1.5 * SHARPNESS;
    context.beginPath();
    for (const [fromX, fromY, toX, toY] of HATCHINGS[name](side)) {
      context.moveTo(fromX, fromY);
      context.lineTo(toX, toY);
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
    const hatched = style.pattern in HATCHINGS;
    const fill = chosen || style.fill;
    return {
      color: style.stroke,
      weight: style.width,
      opacity: style.width > 0 ? opacity : 0,
      dashArray: style.dash || null,
      fill: style.pattern !== "none",
      fillColor: hatched ? hatch(fill, style.pattern) : fill,
      fillOpacity: opacity * (hatched ? Math.max(style.fillOpacity, 0.6) : style.fillOpacity),
    };
  }

  /* A symbol is too small for hatching. */
  function pointStyle(spec, values, opacity) {
    return pathStyle({ ...spec, style: { ...spec.style, pattern: "solid" } }, values, opacity);
  }

  function lineStyle(spec, values, opacity) {
    const chosen = spec.category < 0 ? undefined : spec.colours.get(String(values[spec.category]));
    return { ...pathStyle(spec, values, opacity), color: chosen || spec.style.stroke, fill: false };
  }

  Atlas.PointSymbol = PointSymbol;
  Atlas.ClusterSymbol = ClusterSymbol;
  Atlas.SHAPES = SHAPES;
  Atlas.pathStyle = pathStyle;
  Atlas.lineStyle = lineStyle;
  Atlas.pointStyle = pointStyle;
})((window.Atlas = window.Atlas || {}));
