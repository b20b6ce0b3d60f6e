/* Names written on the map: as text, never as markup, and only where they do not run into each other. */
(function (Atlas) {
  "use strict";

  const CANDIDATES = 600;
  const SHOWN = 160;
  const HEIGHT = 16;

  /* The middle of the widest stretch inside the largest ring: unlike a centroid it never lies outside. */
  function insidePoint(rings) {
    const ring = rings.reduce((best, other) => (span(other) > span(best) ? other : best));
    const lats = ring.map((place) => place.lat);
    const low = Math.min(...lats);
    const high = Math.max(...lats);
    let best = { width: -1, at: ring[0] };
    for (const share of [0.5, 0.42, 0.58, 0.33, 0.67]) {
      const found = widest(ring, low + share * (high - low));
      if (found && found.width > best.width * 1.15) best = found;
    }
    return best.at;
  }

  function span(ring) {
    const bounds = L.latLngBounds(ring);
    return (bounds.getEast() - bounds.getWest()) * (bounds.getNorth() - bounds.getSouth());
  }

  function widest(ring, latitude) {
    const crossings = [];
    for (let k = 0, before = ring.length - 1; k < ring.length; before = k, k += 1) {
      const [from, to] = [ring[before], ring[k]];
      if (from.lat > latitude !== to.lat > latitude) {
        crossings.push(from.lng + ((latitude - from.lat) / (to.lat - from.lat)) * (to.lng - from.lng));
      }
    }
    crossings.sort((a, b) => a - b);
    let found = null;
    for (let k = 0; k + 1 < crossings.length; k += 2) {
      const width = crossings[k + 1] - crossings[k];
      const at = L.latLng(latitude, (crossings[k] + crossings[k + 1]) / 2);
      if (!found || width > found.width) found = { width: width, at: at };
    }
    return found;
  }

  const FONT = '"Noto Sans SC", "PingFang SC", "Microsoft YaHei", system-ui, "Segoe UI", Arial, sans-serif';
  const ruler = document.createElement("canvas").getContext("2d");

  function widthOf(text, area) {
    ruler.font = (area ? "500 13px " : "500 12px ") + FONT;
    return ruler.measureText(text).width * (area ? 1.08 : 1.02) + (area ? text.length * 0.8 : 0);
  }

  function overlaps(box, other) {
    return box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1];
  }

  /* Where a label may stand, best first: over the middle of an area or a little off it, right or left of a point. */
  function boxesOf(entry, point) {
    const width = widthOf(entry.text, entry.area);
    const box = (left, middle) => [left, middle - HEIGHT / 2, left + width, middle + HEIGHT / 2];
    if (entry.area) return [0, -20, 20, -38, 38].map((shift) => box(point.x - width / 2, point.y + shift));
    return [box(point.x + entry.gap, point.y), box(point.x - entry.gap - width, point.y)];
  }

  function fits(box, size, taken) {
    const inside = box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2;
    return inside && !taken.some((other) => overlaps(box, other));
  }

  function candidates(map) {
    const view = map.getBounds();
    const found = [];
    for (const group of map.atlas.groups) {
      if (group.atlas.opacity < 0.15) continue;
      for (const entry of group.atlas.labels) if (view.contains(entry.at)) found.push(entry);
      if (found.length > 20 * CANDIDATES) break;
    }
    found.sort((a, b) => b.area - a.area || b.z - a.z);
    return found.slice(0, CANDIDATES);
  }

  /* Where the number of a cluster stands nothing else is written. */
  function obstacles(map) {
    const boxes = [];
    for (const group of [...map.atlas.groups].filter((each) => each.isCrowd)) {
      group.eachLayer((shape) => {
        if (!shape.options.count) return;
        const [point, reach] = [map.latLngToContainerPoint(shape.getLatLng()), shape.options.radius];
        boxes.push([point.x - reach, point.y - reach, point.x + reach, point.y + reach]);
      });
    }
    return boxes;
  }

  function place(pane, map, entry, box) {
    const element = document.createElement("span");
    element.className = entry.area ? "atlas-label area" : "atlas-label";
    element.textContent = entry.text;
    const corner = map.containerPointToLayerPoint([box[0], box[1]]);
    L.DomUtil.setPosition(element, corner.round());
    pane.appendChild(element);
  }

  /* Only text that one label can show: a long one is cut, the popup has it whole. */
  function shortened(text) {
    return text.length > 18 ? text.slice(0, 17) + "…" : text;
  }

  function refresh(map) {
    const pane = map.getPane("atlas-labels");
    pane.replaceChildren();
    const taken = obstacles(map);
    let written = 0;
    const size = map.getSize();
    for (const entry of candidates(map)) {
      const box = boxesOf(entry, map.latLngToContainerPoint(entry.at)).find((each) => fits(each, size, taken));
      if (!box) continue;
      taken.push(box);
      place(pane, map, entry, box);
      written += 1;
      if (written >= SHOWN) break;
    }
  }

  Atlas.font = FONT;
  Atlas.insidePoint = insidePoint;
  Atlas.shortened = shortened;
  Atlas.refreshLabels = refresh;
})((window.Atlas = window.Atlas || {}));
