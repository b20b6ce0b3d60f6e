/* The panel of an exported file: language, a box to find a feature by its name, switches with their legend. */
(function (Atlas) {
  "use strict";

  const HITS = 20;
  const SVG = "http://www.w3.org/2000/svg";

  function drawn(kind, attributes) {
    const made = document.createElementNS(SVG, kind);
    Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
    return made;
  }

  const SYMBOLS = {
    circle: () => drawn("circle", { cx: 9, cy: 7, r: 5 }),
    square: () => drawn("rect", { x: 4.5, y: 2.5, width: 9, height: 9 }),
    triangle: () => drawn("path", { d: "M9 1.5 14.5 12 3.5 12Z" }),
    diamond: () => drawn("path", { d: "M9 1 15 7 9 13 3 7Z" }),
  };

  for (const [name, shape] of Object.entries(Atlas.SHAPES)) {
    const course = shape.map(([right, down]) => `${(9 + 4.6 * right).toFixed(1)} ${(7 + 4.6 * down).toFixed(1)}`).join(" ");
    SYMBOLS[name] = () => drawn("path", { d: `M${course}Z` });
  }

  /* How far the lines of a pattern are turned from upright. */
  const TURNS = { hatch: 45, hatch_back: -45, horizontal: 90, vertical: 0 };
  let patterns = 0;

  function hatchFill(picture, colour, direction) {
    patterns += 1;
    const pattern = drawn("pattern", {
      id: `hatch-${patterns}`,
      width: 4,
      height: 4,
      patternUnits: "userSpaceOnUse",
      patternTransform: `rotate(${TURNS[direction]})`,
    });
    pattern.appendChild(drawn("rect", { width: 1.4, height: 4, fill: colour }));
    picture.appendChild(pattern);
    return `url(#hatch-${patterns})`;
  }

  function shapeOf(row) {
    if (row.geometry === "line") return drawn("path", { d: "M1 7H17", fill: "none" });
    if (row.geometry === "point") return (SYMBOLS[row.symbol] || SYMBOLS.circle)();
    return drawn("rect", { x: 1.5, y: 1.5, width: 15, height: 11, rx: 1.5 });
  }

  function swatch(row) {
    const picture = drawn("svg", { width: 18, height: 14, "aria-hidden": "true" });
    const shape = shapeOf(row);
    shape.setAttribute("stroke", row.stroke);
    shape.setAttribute("stroke-width", Math.min(row.stroke_width, 2.5));
    if (row.dash) shape.setAttribute("stroke-dasharray", row.dash);
    if (row.geometry !== "line") {
      shape.setAttribute("fill", row.pattern === "none" ? "none" : row.colour);
      shape.setAttribute("fill-opacity", row.fill_opacity);
      if (row.pattern in TURNS && row.geometry !== "point") {
        shape.setAttribute("fill", hatchFill(picture, row.colour, row.pattern));
        shape.setAttribute("fill-opacity", 0.8);
      }
    }
    picture.appendChild(shape);
    return picture;
  }

  function legendList(rows) {
    const list = Atlas.element("ul", "atlas-legend");
    rows.forEach((row) => {
      const line = list.appendChild(Atlas.element("li"));
      line.appendChild(swatch(row));
      line.appendChild(Atlas.element("span", "", row.label));
    });
    return list;
  }

  const GEOMETRIES = ["point", "point", "line", "line", "polygon", "polygon"];

  /* The legend of a layer is read from what is drawn, so that it cannot say anything else. */
  function legendOf(spec) {
    const row = {
      geometry: geometryOf(spec.rows),
      colour: spec.style.fill,
      stroke: spec.style.stroke,
      stroke_width: spec.style.width,
      fill_opacity: spec.style.fillOpacity,
      pattern: spec.style.pattern,
      symbol: spec.style.symbol,
      dash: spec.style.dash,
    };
    if (spec.category < 0 || !spec.palette.length) return [{ ...row, label: spec.title }];
    const isLine = row.geometry === "line";
    const words = new Map(spec.words);
    return spec.palette.map(([value, colour]) => {
      const members = spec.rows.filter((each) => String(each[3][spec.category]) === value);
      const geometry = members.length ? geometryOf(members) : row.geometry;
      return { ...row, geometry, label: words.get(value) || value, colour, stroke: isLine ? colour : row.stroke };
    });
  }

  function geometryOf(rows) {
    return GEOMETRIES[rows.reduce((kind, row) => Math.max(kind, row[1]), 0)];
  }

  function layerSwitch(map, group) {
    const spec = group.atlas.spec;
    const box = Atlas.element("div", "atlas-layer");
    const label = box.appendChild(Atlas.element("label"));
    const input = label.appendChild(Atlas.element("input"));
    input.type = "checkbox";
    input.checked = map.hasLayer(group);
    input.addEventListener("change", () => (input.checked ? group.addTo(map) : group.remove()));
    group.atlas.input = input;
    const rows = legendOf(spec);
    const alone = rows.length === 1 && rows[0].label === spec.title;
    if (alone) label.appendChild(swatch(rows[0]));
    label.appendChild(Atlas.element("span", "", spec.title));
    if (!alone) box.appendChild(legendList(rows));
    return box;
  }

  function layerPanel(panel, map, groups, edition) {
    panel.appendChild(Atlas.element("h2", "", edition.words.layers));
    groups.forEach((group) => panel.appendChild(layerSwitch(map, group)));
    if (edition.legend.length) panel.appendChild(legendList(edition.legend));
  }

  function hitButton(map, hit) {
    const button = Atlas.element("button");
    button.type = "button";
    button.appendChild(Atlas.element("span", "", hit.name));
    button.appendChild(Atlas.element("small", "", `  ${hit.layer}`));
    button.addEventListener("click", () => Atlas.goTo(map, hit));
    const item = Atlas.element("li");
    item.appendChild(button);
    return item;
  }

  function searchBox(panel, map, groups, words) {
    const input = panel.appendChild(Atlas.element("input"));
    Object.assign(input, { type: "search", placeholder: words.search, maxLength: 60 });
    input.setAttribute("aria-label", words.search);
    const list = panel.appendChild(Atlas.element("ul", "atlas-hits"));
    list.setAttribute("aria-live", "polite");
    input.addEventListener("input", () => {
      const hits = Atlas.search(groups, input.value, HITS);
      list.replaceChildren(...hits.map((hit) => hitButton(map, hit)));
      if (input.value.trim() && !hits.length) list.appendChild(Atlas.element("li", "", words.search_none));
    });
    input.addEventListener("keydown", (event) => {
      const first = Atlas.search(groups, input.value, 1)[0];
      if (event.key === "Enter" && first) Atlas.goTo(map, first);
    });
  }

  /* ---- languages ---- */

  function listOf(kind, lines, className) {
    return lines.map((line) => Atlas.element(kind, className, line));
  }

  function speakAround(edition) {
    document.documentElement.lang = edition.tag;
    document.title = edition.title;
    const header = document.querySelector("header");
    header.querySelectorAll(".atlas-stamp").forEach((stamp) => stamp.remove());
    header.querySelector("h1").textContent = edition.title;
    header.querySelector("h1").after(...listOf("span", edition.stamps, "atlas-stamp"));
    const [heading, list] = [".atlas-sources-title", "ul.atlas-sources"].map((name) => document.querySelector(name));
    if (heading) heading.textContent = edition.sources;
    if (list) list.replaceChildren(...listOf("li", edition.notes));
    document.querySelector("footer").replaceChildren(...listOf("p", edition.footer));
  }

  function speakLayers(map, groups, edition) {
    map.closePopup();
    groups.forEach((group, k) => {
      const { values, ...words } = edition.layers[k];
      Object.assign(group.atlas.spec, words);
      group.atlas.spec.rows.forEach((row, number) => (row[3] = (values || group.atlas.values)[number]));
      Atlas.relabel(group);
    });
    Atlas.speakControls(map, edition.words);
  }

  /* A name is found in whatever language it is looked for. */
  function rememberNames(groups, editions) {
    groups.forEach((group, k) => {
      group.atlas.values = group.atlas.spec.rows.map((row) => row[3]);
      group.atlas.names = group.atlas.values.map((own, number) =>
        editions.map(({ layers }) => nameIn(layers[k], own, number)).join("\n").toLowerCase(),
      );
    });
  }

  function nameIn(layer, own, number) {
    const value = layer.tooltip < 0 ? "" : (layer.values ? layer.values[number] : own)[layer.tooltip];
    return value === null || value === undefined ? layer.title : String(value) || layer.title;
  }

  function languageSwitch(panel, editions, current, choose) {
    if (editions.length < 2) return;
    const box = panel.appendChild(Atlas.element("div", "atlas-languages"));
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", current.words.language);
    editions.forEach((edition) => {
      const button = box.appendChild(Atlas.element("button", "", edition.name));
      Object.assign(button, { type: "button", lang: edition.tag });
      button.setAttribute("aria-pressed", String(edition === current));
      button.addEventListener("click", () => choose(edition));
    });
  }

  Atlas.page = function (map, groups, text) {
    const editions = JSON.parse(text);
    const panel = document.getElementById("panel");
    const topFirst = [...groups].sort((a, b) => b.atlas.spec.z - a.atlas.spec.z);
    rememberNames(groups, editions);
    groups.forEach((group) => group.on("add", () => (group.atlas.input.checked = true)));
    const build = (edition) => {
      panel.replaceChildren();
      languageSwitch(panel, editions, edition, choose);
      searchBox(panel, map, topFirst, edition.words);
      layerPanel(panel, map, topFirst, edition);
    };
    const choose = (edition) => {
      speakAround(edition);
      speakLayers(map, groups, edition);
      build(edition);
      panel.querySelector(`.atlas-languages [lang="${edition.tag}"]`).focus();
    };
    build(editions[0]);
    document.fonts.ready.then(map.atlas.changed);
  };
})((window.Atlas = window.Atlas || {}));
