/* Names written on the map: as text, never as markup, and only where they do not run into each other. */
(function (Atlas) {
  "use strict";

  const CANDIDATES = 600;
  const SHOWN = 160;
  const HEIGHT = 16;
  /* How far the name of an area may leave its middle, in pixels: farther, and it would name the neighbour. */
  const SHIFTS = [[0, 0], [0, -10], [0, 10], [20, 0], [-20, 0], [20, -10], [20, 10], [-20, -10], [-20, 10], [0, -20], [0, 20]];
  /* The same name is not written twice within this many pixels, and names keep this much apart. */
  const ECHO = 110;
  const APART = 3;
  /* Seen from far, a long name beside a point hides more than it tells: up to a zoom only names of a width, in pixels. */
  const FAR = [
    { zoom: 9.5, width: 120 },
    { zoom: 10.5, width: 200 },
  ];

  /* The middle of the widest stretch inside the largest ring: unlike a centroid it never lies outside. */
  function insidePoint(rings) {
    const ring = largest(rings);
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

  function largest(rings) {
    return rings.reduce((best, other) => (span(other) > span(best) ? other : best));
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

  const FONT = '"Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Atlas Sans SC", system-ui, "Segoe UI", Arial, sans-serif';
  const ruler = document.createElement("canvas").getContext("2d");

  function widthOf(text, area) {
    ruler.font = (area ? "500 13px " : "500 12px ") + FONT;
    return ruler.measureText(text).width * (area ? 1.08 : 1.02) + (area ? text.length * 0.8 : 0);
  }

  function overlaps(box, other) {
    const [left, right] = [box[0] - APART, box[2] + APART];
    return left < other[2] && right > other[0] && box[1] < other[3] && box[3] > other[1];
  }

  /* Where a label may stand, best first: over the middle of an area or a little off it, right or left of a point. */
  function boxesOf(entry, point, zoom) {
    const width = widthOf(entry.text, entry.area);
    if (!entry.area && FAR.some((far) => zoom < far.zoom && width > far.width)) return [];
    const box = (left, middle) => [left, middle - HEIGHT / 2, left + width, middle + HEIGHT / 2];
    if (entry.area) return SHIFTS.map(([right, down]) => box(point.x - width / 2 + right, point.y + down));
    return [box(point.x + entry.gap, point.y), box(point.x - entry.gap - width, point.y)];
  }

  function fits(box, size, taken) {
    const inside = box[0] > 2 && box[1] > 2 && box[2] < size.x - 2 && box[3] < size.y - 2;
    return inside && !taken.some((other) => overlaps(box, other));
  }

  function square(point, reach) {
    return [point.x - reach, point.y - reach, point.x + reach, point.y + reach];
  }

  /* The ground is named before what lies on it, large before small; among points the uppermost layer speaks first. */
  function candidates(map) {
    const view = map.getBounds();
    const found = [];
    for (const group of map.atlas.groups) {
      if (group.atlas.opacity < 0.15) continue;
      for (const entry of group.atlas.labels) if (view.contains(entry.at)) found.push(entry);
      if (found.length > 20 * CANDIDATES) break;
    }
    found.sort((a, b) => b.area - a.area || (a.area ? a.z - b.z || b.size - a.size : b.z - a.z));
    return found.slice(0, CANDIDATES);
  }

  /* Where a symbol that has a name or the number of a cluster stands, nothing is written. */
  function obstacles(map, entries) {
    const boxes = entries.filter((entry) => !entry.area).map((entry) => square(map.latLngToContainerPoint(entry.at), entry.gap - 1));
    for (const group of [...map.atlas.groups].filter((each) => each.isCrowd)) {
      group.eachLayer((shape) => {
        if (!shape.options.count) return;
        boxes.push(square(map.latLngToContainerPoint(shape.getLatLng()), shape.options.radius));
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

  /* Only text that one label can show, a Chinese character counted twice: a long one is cut, the popup has it whole. */
  function shortened(text) {
    let room = 36;
    for (let k = 0; k < text.length; k += 1) {
      room -= text.charCodeAt(k) > 0x2e7f ? 2 : 1;
      if (room < 0) return text.slice(0, k - 1) + "…";
    }
    return text;
  }

  function refresh(map) {
    const pane = map.getPane("atlas-labels");
    pane.replaceChildren();
    const entries = candidates(map);
    const taken = obstacles(map, entries);
    const written = [];
    const [size, zoom] = [map.getSize(), map.getZoom()];
    for (const entry of entries) {
      const point = map.latLngToContainerPoint(entry.at);
      if (written.some((other) => other.text === entry.text && other.point.distanceTo(point) < ECHO)) continue;
      const box = boxesOf(entry, point, zoom).find((each) => fits(each, size, taken));
      if (!box) continue;
      taken.push(box);
      place(pane, map, entry, box);
      written.push({ text: entry.text, point: point });
      if (written.length >= SHOWN) break;
    }
  }

  Atlas.font = FONT;
  Atlas.insidePoint = insidePoint;
  Atlas.extentOf = (rings) => span(largest(rings));
  Atlas.shortened = shortened;
  Atlas.refreshLabels = refresh;
})((window.Atlas = window.Atlas || {}));
