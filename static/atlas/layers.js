/* Layers: decoded from one text, drawn on one canvas, explained by text nodes. Nothing of the data is ever markup. */
(function (Atlas) {
  "use strict";

  const SCALE = 1e6;
  const CLUSTER_FROM = 2000;
  const SINGLES_UP_TO = 1200;
  const CELL = 64;
  const KEPT_LAYERS = 24;
  const ACCENT = "#0b6e7f";
  const [POINT, MULTI_POINT, LINE, MULTI_LINE, POLYGON, MULTI_POLYGON] = [0, 1, 2, 3, 4, 5];

  /* Coordinates come as millionths of a degree, each the step from the one before. */
  function decodePath(steps) {
    const places = new Array(steps.length / 2);
    let x = 0;
    let y = 0;
    for (let k = 0; k < steps.length; k += 2) {
      x += steps[k];
      y += steps[k + 1];
      places[k / 2] = L.latLng(y / SCALE, x / SCALE);
    }
    return places;
  }

  const DECODERS = {
    [POINT]: (coordinates) => decodePath(coordinates)[0],
    [MULTI_POINT]: decodePath,
    [LINE]: decodePath,
    [MULTI_LINE]: (parts) => parts.map(decodePath),
    [POLYGON]: (rings) => rings.map(decodePath),
    [MULTI_POLYGON]: (polygons) => polygons.map((rings) => rings.map(decodePath)),
  };

  const [ROW_ID, ROW_KIND, ROW_PLACES, ROW_VALUES] = [0, 1, 2, 3];

  function readSpec(text) {
    const spec = JSON.parse(text);
    spec.colours = new Map(spec.palette);
    for (const row of spec.rows) row[ROW_PLACES] = DECODERS[row[ROW_KIND]](row[ROW_PLACES]);
    return spec;
  }

  function shown(value) {
    return value === null || value === undefined ? "" : String(value);
  }

  function named(spec, row) {
    const name = spec.tooltip < 0 ? "" : shown(row[ROW_VALUES][spec.tooltip]);
    return name || spec.title;
  }

  /* ---- text ---- */

  function element(kind, className, text) {
    const made = document.createElement(kind);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function attributeTable(spec, row) {
    const table = element("table");
    const words = new Map(spec.words);
    spec.labels.forEach((label, k) => {
      const code = shown(row[ROW_VALUES][k]);
      const value = (k === spec.category && words.get(code)) || code;
      if (!value) return;
      const line = table.insertRow();
      const heading = element("th", "", label);
      heading.scope = "row";
      line.appendChild(heading);
      line.appendChild(element("td", "", value));
    });
    return table;
  }

  function popupContent(spec, row) {
    const box = element("div", "atlas-popup");
    box.appendChild(element("h2", "", named(spec, row)));
    box.appendChild(element("div", "atlas-layer-name", spec.title));
    if (spec.stamp) box.appendChild(element("div", "atlas-stamp", spec.stamp));
    box.appendChild(attributeTable(spec, row));
    box.appendChild(element("div", "atlas-source", spec.source));
    return box;
  }

  function openPopup(map, spec, row, at) {
    const popup = L.popup({ maxWidth: 320, minWidth: 220, maxHeight: 280, autoPanPadding: [12, 12] });
    popup.atlasLayer = spec.id;
    popup.setLatLng(at).setContent(popupContent(spec, row)).openOn(map);
    if (popup._closeButton) popup._closeButton.setAttribute("aria-label", map.atlas.words.close);
  }

  /* ---- shapes ---- */

  function symbolFor(map, spec, row, place, opacity) {
    const style = Atlas.pointStyle(spec, row[ROW_VALUES], opacity);
    return new Atlas.PointSymbol(place, {
      ...style,
      symbol: spec.style.symbol,
      radius: spec.style.radius,
      renderer: map.atlas.renderer,
      interactive: spec.clickable,
    });
  }

  function shapesOf(map, spec, row, opacity) {
    const [kind, places] = [row[ROW_KIND], row[ROW_PLACES]];
    if (kind === POINT) return [symbolFor(map, spec, row, places, opacity)];
    if (kind === MULTI_POINT) return places.map((place) => symbolFor(map, spec, row, place, opacity));
    const options = { renderer: map.atlas.renderer, interactive: spec.clickable, smoothFactor: 0.6 };
    if (kind === LINE || kind === MULTI_LINE) {
      return [L.polyline(places, { ...options, ...Atlas.lineStyle(spec, row[ROW_VALUES], opacity) })];
    }
    return [L.polygon(places, { ...options, ...Atlas.pathStyle(spec, row[ROW_VALUES], opacity) })];
  }

  /* The page asks a clicked shape for its GeoJSON: it gets the feature's name instead, a drawing answers as usual. */
  function owned(shape, spec, row) {
    shape.atlas = { spec: spec, row: row };
    shape.toGeoJSON = () => ({ id: row[ROW_ID], layer: spec.id });
    return shape;
  }

  function styleOf(shape, opacity) {
    const { spec, row } = shape.atlas;
    const styles = [Atlas.pointStyle, Atlas.lineStyle, Atlas.pathStyle];
    return styles[row[ROW_KIND] >> 1](spec, row[ROW_VALUES], opacity);
  }

  function plainGroup(map, spec) {
    const group = L.featureGroup();
    for (const row of spec.rows) {
      for (const shape of shapesOf(map, spec, row, 1)) group.addLayer(owned(shape, spec, row));
    }
    group.setOpacity = (opacity) => group.eachLayer((shape) => shape.setStyle(styleOf(shape, opacity)));
    return group;
  }

  /* Many points: only what is in view becomes a shape, and crowded cells become one symbol with a number. */
  const Clusters = L.FeatureGroup.extend({
    isCrowd: true,

    initialize: function (map, spec) {
      L.FeatureGroup.prototype.initialize.call(this);
      this._spec = spec;
      this._opacity = 1;
      this._flat = Float64Array.from(spec.rows.flatMap((row) => flat(map, row[ROW_PLACES])));
    },

    onAdd: function (map) {
      map.on("moveend", this._refresh, this);
      this._refresh();
    },

    onRemove: function (map) {
      map.off("moveend", this._refresh, this);
      this.clearLayers();
    },

    setOpacity: function (opacity) {
      this._opacity = opacity;
      if (this._map) this._refresh();
    },

    _refresh: function () {
      this.closeTooltip();
      this.clearLayers();
      const found = this._inView();
      const cells = found.length > SINGLES_UP_TO ? this._cells(found) : found.map((index) => [index]);
      for (const cell of cells) this.addLayer(cell.length > 1 ? this._cluster(cell) : this._single(cell[0]));
      order(this._map, this);
      this._map.atlas.changed();
    },

    _inView: function () {
      const scale = this._map.options.crs.scale(this._map.getZoom());
      const size = this._map.getSize();
      const view = this._map.getPixelBounds();
      const [left, right] = [(view.min.x - 0.15 * size.x) / scale, (view.max.x + 0.15 * size.x) / scale];
      const [top, bottom] = [(view.min.y - 0.15 * size.y) / scale, (view.max.y + 0.15 * size.y) / scale];
      const found = [];
      for (let k = 0, index = 0; k < this._flat.length; k += 2, index += 1) {
        const [x, y] = [this._flat[k], this._flat[k + 1]];
        if (x > left && x < right && y > top && y < bottom) found.push(index);
      }
      return found;
    },

    _cells: function (found) {
      const scale = this._map.options.crs.scale(this._map.getZoom()) / CELL;
      const cells = new Map();
      for (const index of found) {
        const key = Math.floor(this._flat[2 * index] * scale) * 16777216 + Math.floor(this._flat[2 * index + 1] * scale);
        const cell = cells.get(key);
        if (cell) cell.push(index);
        else cells.set(key, [index]);
      }
      return cells.values();
    },

    _single: function (index) {
      const row = this._spec.rows[index];
      return owned(symbolFor(this._map, this._spec, row, row[ROW_PLACES], this._opacity), this._spec, row);
    },

    _cluster: function (cell) {
      const places = cell.map((index) => this._spec.rows[index][ROW_PLACES]);
      const mean = (pick) => places.reduce((sum, place) => sum + pick(place), 0) / places.length;
      const symbol = new Atlas.ClusterSymbol([mean((place) => place.lat), mean((place) => place.lng)], {
        renderer: this._map.atlas.renderer,
        count: cell.length,
        radius: 9 + 2.6 * Math.log10(cell.length) ** 1.4,
        color: "#ffffff",
        weight: 1.5,
        opacity: this._opacity,
        fillColor: this._spec.style.fill,
        fillOpacity: 0.88 * this._opacity,
      });
      symbol.toGeoJSON = () => null;
      symbol.on("click", () => this._map.fitBounds(L.latLngBounds(places).pad(0.2), { maxZoom: 17 }));
      return symbol;
    },
  });

  function flat(map, place) {
    const point = map.project(place, 0);
    const side = map.options.crs.scale(0);
    return [point.x / side, point.y / side];
  }

  /* ---- groups ---- */

  function isCrowd(spec) {
    return spec.rows.length > CLUSTER_FROM && spec.rows.every((row) => row[ROW_KIND] === POINT);
  }

  function labelEntries(spec) {
    if (spec.label < 0) return [];
    const entries = [];
    for (const row of spec.rows) {
      const text = Atlas.shortened(shown(row[ROW_VALUES][spec.label]));
      if (text) entries.push({ text: text, z: spec.z, gap: spec.style.radius + 3, ...labelPlace(row) });
    }
    return entries;
  }

  function labelPlace(row) {
    const [kind, places] = [row[ROW_KIND], row[ROW_PLACES]];
    if (kind === POINT) return { at: places, area: 0 };
    if (kind === MULTI_POINT) return { at: places[0], area: 0 };
    if (kind === LINE) return { at: places[Math.floor(places.length / 2)], area: 0 };
    if (kind === MULTI_LINE) return { at: places[0][Math.floor(places[0].length / 2)], area: 0 };
    const outlines = kind === POLYGON ? [places[0]] : places.map((rings) => rings[0]);
    return { at: Atlas.insidePoint(outlines), area: 1, size: Atlas.extentOf(outlines) };
  }

  function explain(map, spec, group) {
    if (!spec.clickable) return;
    group.bindTooltip((shape) => element("span", "", shape.atlas ? named(spec, shape.atlas.row) : spec.title), {
      sticky: true,
      opacity: 1,
    });
    group.on("click", (event) => {
      const shape = event.propagatedFrom;
      if (shape.atlas) openPopup(map, spec, shape.atlas.row, event.latlng);
    });
    group.on("mouseover", (event) => emphasise(group, event.propagatedFrom, true));
    group.on("mouseout", (event) => emphasise(group, event.propagatedFrom, false));
  }

  function emphasise(group, shape, on) {
    if (!shape.atlas) return;
    const style = styleOf(shape, group.atlas.opacity);
    if (on) Object.assign(style, { color: ACCENT, weight: style.weight + 1.6, opacity: 1 });
    shape.setStyle(style);
  }

  function build(map, text) {
    const spec = readSpec(text);
    const group = isCrowd(spec) ? new Clusters(map, spec) : plainGroup(map, spec);
    group.atlas = { spec: spec, opacity: 1, labels: labelEntries(spec) };
    explain(map, spec, group);
    group.on("add", () => arrived(map, group));
    group.on("remove", () => left(map, group));
    return group;
  }

  function arrived(map, group) {
    map.atlas.groups.add(group);
    order(map, group);
    map.atlas.changed();
  }

  function left(map, group) {
    map.atlas.groups.delete(group);
    map.atlas.changed();
  }

  /* A layer that came late must not hide one that belongs above it. */
  function order(map, group) {
    const above = [...map.atlas.groups].filter((other) => other.atlas.spec.z > group.atlas.spec.z);
    above.sort((a, b) => a.atlas.spec.z - b.atlas.spec.z);
    for (const other of above) other.bringToFront();
  }

  /* A popup stays open while its layer is redrawn and goes when its layer goes. */
  function closeOrphan(map) {
    const popup = map._popup;
    if (!popup || !popup.atlasLayer) return;
    const alive = [...map.atlas.groups].some((group) => group.atlas.spec.id === popup.atlasLayer);
    if (!alive) map.closePopup(popup);
  }

  function remember(map, digest, group) {
    const built = map.atlas.built;
    built.delete(digest);
    built.set(digest, group);
    for (const [key, other] of built) {
      if (built.size <= KEPT_LAYERS) break;
      if (!map.hasLayer(other)) built.delete(key);
    }
  }

  /* The component keeps every group it ever showed in this list; those gone from the map would never be let go. */
  function forgetGone(map) {
    if (Array.isArray(window.feature_group)) {
      window.feature_group = window.feature_group.filter((group) => map.hasLayer(group));
    }
  }

  Atlas.layer = function (map, digest, opacity, text) {
    forgetGone(map);
    const group = map.atlas.built.get(digest) || build(map, text);
    remember(map, digest, group);
    if (group.atlas.opacity !== opacity) {
      group.atlas.opacity = opacity;
      group.setOpacity(opacity);
    }
    return group;
  };

  Atlas.search = function (groups, words, limit) {
    const wanted = words.trim().toLowerCase();
    const hits = [];
    if (!wanted) return hits;
    for (const group of groups) {
      const { spec, names } = group.atlas;
      for (const [number, row] of spec.rows.entries()) {
        if (hits.length >= limit) return hits;
        const known = names ? names[number] : named(spec, row).toLowerCase();
        if (spec.clickable && known.includes(wanted)) {
          hits.push({ group: group, row: row, name: named(spec, row), layer: spec.title });
        }
      }
    }
    return hits;
  };

  Atlas.goTo = function (map, hit) {
    if (!map.hasLayer(hit.group)) hit.group.addTo(map);
    const at = labelPlace(hit.row).at;
    const places = hit.row[ROW_KIND] === POINT ? [hit.row[ROW_PLACES]] : hit.row[ROW_PLACES].flat(3);
    map.fitBounds(L.latLngBounds(places).pad(0.1), { maxZoom: Math.max(13, map.getZoom()), animate: false });
    openPopup(map, hit.group.atlas.spec, hit.row, at);
  };

  Atlas.relabel = function (group) {
    group.atlas.labels = labelEntries(group.atlas.spec);
  };

  Atlas.element = element;
  Atlas.closeOrphan = closeOrphan;
})((window.Atlas = window.Atlas || {}));
