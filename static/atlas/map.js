/* The map itself: view, background, controls, drawing tools. Everything it says comes with the settings. */
(function (Atlas) {
  "use strict";

  function viewOptions(settings) {
    const options = {
      crs: Atlas.crsOf(settings.basemap ? settings.basemap.datum : ""),
      minZoom: settings.min_zoom,
      maxZoom: settings.basemap ? settings.basemap.max_zoom : settings.max_zoom,
      attributionControl: false,
      zoomControl: false,
      zoomSnap: settings.basemap ? 1 : 0.5,
    };
    if (settings.limits) Object.assign(options, { maxBounds: corners(settings.limits), maxBoundsViscosity: 0.8 });
    return options;
  }

  function corners([west, south, east, north]) {
    return L.latLngBounds([south, west], [north, east]);
  }

  function addBackground(map, basemap) {
    const options = { maxZoom: basemap.max_zoom, subdomains: "01234567" };
    L.tileLayer(basemap.url, options).addTo(map);
  }

  function addPanes(map) {
    map.createPane("atlas").style.zIndex = 390;
    map.createPane("atlas-veil").style.zIndex = 395;
    const labels = map.createPane("atlas-labels");
    labels.style.zIndex = 450;
    labels.style.pointerEvents = "none";
    labels.classList.add("leaflet-zoom-hide");
    labels.setAttribute("aria-hidden", "true");
  }

  /* Outside the region nothing is known: a veil, so that empty paper is not taken for sea. */
  function veilSurroundings(map, region) {
    const inside = corners(region);
    const hole = [inside.getSouthWest(), inside.getNorthWest(), inside.getNorthEast(), inside.getSouthEast()];
    const world = [[-85, -180], [85, -180], [85, 180], [-85, 180]];
    L.polygon([world, hole], {
      pane: "atlas-veil",
      interactive: false,
      color: "#b7c3ca",
      weight: 1,
      dashArray: "2 4",
      fillColor: "#f8fafb",
      fillOpacity: 0.85,
    }).addTo(map);
  }

  const TextControl = L.Control.extend({
    initialize: function (position, className) {
      L.Control.prototype.initialize.call(this, { position: position });
      this.box = Atlas.element("div", className);
    },
    onAdd: function () {
      L.DomEvent.disableClickPropagation(this.box).disableScrollPropagation(this.box);
      return this.box;
    },
  });

  function addCoordinates(map) {
    const box = new TextControl("bottomleft", "atlas-coordinates").addTo(map).box;
    const show = (at) => {
      box.textContent = `${at.lng.toFixed(5)}°E  ${at.lat.toFixed(5)}°N`;
    };
    const centre = () => show(map.getCenter());
    map.on("mousemove", (event) => show(event.latlng));
    map.on("mouseout move", centre);
    if (map._loaded) centre();
  }

  /* Who moves the map by keys sees where its middle is, and that the keys are heard. */
  function addCrosshair(container) {
    container.appendChild(Atlas.element("div", "atlas-crosshair"));
    container.addEventListener("keyup", () => container.classList.add("atlas-keys"));
    for (const sign of ["mousedown", "mousemove", "focusout"]) {
      container.addEventListener(sign, () => container.classList.remove("atlas-keys"));
    }
  }

  function distinct(groups, pick) {
    return [...new Set([...groups].map(pick).filter(Boolean))];
  }

  function showStamps(map) {
    const box = map.atlas.stamps.box;
    box.replaceChildren(
      ...distinct(map.atlas.groups, (group) => group.atlas.spec.stamp).map((stamp) =>
        Atlas.element("span", "atlas-stamp", stamp),
      ),
    );
  }

  function showSources(map) {
    const box = map.atlas.sources.box;
    const open = Boolean(box.querySelector("details[open]"));
    const lines = distinct(map.atlas.groups, ({ atlas }) => atlas.spec.source && `${atlas.spec.title} · ${atlas.spec.source}`);
    box.replaceChildren();
    if (map.atlas.attribution) box.appendChild(Atlas.element("div", "", map.atlas.attribution));
    if (lines.length) box.appendChild(sourceList(map.atlas.words.sources, lines, open));
    box.style.display = box.childNodes.length ? "" : "none";
  }

  function sourceList(title, lines, open) {
    const details = Atlas.element("details");
    details.open = open;
    details.appendChild(Atlas.element("summary", "", `${title} (${lines.length})`));
    const list = details.appendChild(Atlas.element("ul"));
    lines.forEach((line) => list.appendChild(Atlas.element("li", "", line)));
    return details;
  }

  /* Many layers arrive at once: what depends on all of them is done once, in the next frame. */
  function onChange(map) {
    let waiting = false;
    const update = () => {
      waiting = false;
      if (map.atlas.stamps) showStamps(map);
      if (map.atlas.sources) showSources(map);
      Atlas.closeOrphan(map);
      Atlas.refreshLabels(map);
    };
    return () => {
      if (!waiting) L.Util.requestAnimFrame(update);
      waiting = true;
    };
  }

  function addControls(map, settings) {
    const words = settings.words;
    L.control.zoom({ zoomInTitle: words.zoom_in, zoomOutTitle: words.zoom_out }).addTo(map);
    addCoordinates(map);
    addCrosshair(map.getContainer());
    L.control.scale({ imperial: false, maxWidth: 120, position: "bottomleft" }).addTo(map);
    if (settings.live) {
      map.atlas.stamps = new TextControl("topright", "atlas-stamps").addTo(map);
      map.atlas.sources = new TextControl("bottomright", "atlas-note").addTo(map);
    }
    map.getContainer().setAttribute("aria-label", words.map);
  }

  /* The controls of a map that is there already, in other words. */
  Atlas.speakControls = function (map, words) {
    map.atlas.words = words;
    const container = map.getContainer();
    container.setAttribute("aria-label", words.map);
    for (const [name, title] of [["in", words.zoom_in], ["out", words.zoom_out]]) {
      const button = container.querySelector(`.leaflet-control-zoom-${name}`);
      button.title = title;
      button.setAttribute("aria-label", title);
    }
    map.atlas.changed();
  };

  function open(map, settings) {
    if (settings.zoom === null) map.fitBounds(corners(settings.bounds), { animate: false });
    else map.setView([settings.centre[1], settings.centre[0]], settings.zoom);
    if (!settings.basemap) map.panInsideBounds(corners(settings.region), { animate: false });
  }

  /* A frame that is laid out late has no size at first, or another: until the reader moves it, the view is opened anew. */
  function followSize(map, settings) {
    const where = () => [map.getCenter().lat, map.getCenter().lng, map.getZoom()].join();
    let opened = where();
    new ResizeObserver(() => {
      const untouched = where() === opened;
      map.invalidateSize({ pan: false });
      if (untouched && map.getSize().x > 0) {
        open(map, settings);
        opened = where();
      }
    }).observe(map.getContainer());
  }

  Atlas.map = function (id, text) {
    const settings = JSON.parse(text);
    if (settings.images) L.Icon.Default.imagePath = settings.images;
    const map = L.map(id, viewOptions(settings));
    map.atlas = {
      words: settings.words,
      attribution: settings.basemap ? settings.basemap.attribution : "",
      groups: new Set(),
      built: new Map(),
      renderer: L.canvas({ pane: "atlas", padding: 0.25, tolerance: 3 }),
    };
    map.atlas.changed = onChange(map);
    addPanes(map);
    open(map, settings);
    if (settings.basemap) addBackground(map, settings.basemap);
    else veilSurroundings(map, settings.region);
    addControls(map, settings);
    followSize(map, settings);
    map.on("moveend zoomend resize", map.atlas.changed);
    map.atlas.changed();
    return map;
  };

  /* While this is on the map, the page is told what the reader sees; a drawing is the one thing that it listens to. */
  Atlas.viewReport = function (map) {
    const report = () => {
      const seen = map.getBounds();
      const view = [seen.getWest(), seen.getSouth(), seen.getEast(), seen.getNorth()];
      map.fire("draw:created", { layer: { toGeoJSON: () => ({ view: view }) } });
    };
    const group = L.layerGroup();
    group.on("add", () => map.on("moveend", report));
    group.on("add", report);
    group.on("remove", () => map.off("moveend", report));
    return group;
  };

  /* ---- drawing ---- */

  function speak(words) {
    const { draw, edit } = L.drawLocal;
    Object.assign(draw.toolbar.actions, { title: words.cancel, text: words.cancel });
    Object.assign(draw.toolbar.finish, { title: words.finish, text: words.finish });
    Object.assign(draw.toolbar.undo, { title: words.undo, text: words.undo });
    Object.assign(draw.toolbar.buttons, {
      polygon: words.draw_polygon,
      polyline: words.draw_line,
      rectangle: words.draw_rectangle,
      circlemarker: words.draw_point,
    });
    const handlers = draw.handlers;
    handlers.circlemarker.tooltip.start = words.hint_point;
    Object.assign(handlers.polygon.tooltip, { start: words.hint_start, cont: words.hint_continue, end: words.hint_close });
    Object.assign(handlers.polyline.tooltip, { start: words.hint_start, cont: words.hint_continue, end: words.hint_end });
    handlers.polyline.error = words.hint_crossing;
    handlers.rectangle.tooltip.start = words.hint_rectangle;
    handlers.simpleshape.tooltip.end = words.hint_release;
    Object.assign(edit.toolbar.actions.save, { title: words.save, text: words.save });
    Object.assign(edit.toolbar.actions.cancel, { title: words.cancel, text: words.cancel });
    Object.assign(edit.toolbar.actions.clearAll, { title: words.clear_all, text: words.clear_all });
    Object.assign(edit.toolbar.buttons, {
      edit: words.edit,
      editDisabled: words.nothing_to_edit,
      remove: words.remove,
      removeDisabled: words.nothing_to_edit,
    });
    Object.assign(edit.handlers.edit.tooltip, { text: words.hint_edit, subtext: "" });
    edit.handlers.remove.tooltip.text = words.hint_remove;
  }

  const LOOK = { color: "#b4541a", weight: 2.5, opacity: 1, fillColor: "#b4541a", fillOpacity: 0.15 };

  function tools(items) {
    return {
      position: "topleft",
      draw: {
        polygon: {
          allowIntersection: false,
          drawError: { color: "#c0392b", message: L.drawLocal.draw.handlers.polyline.error },
          showArea: true,
          shapeOptions: LOOK,
        },
        rectangle: { showArea: false, shapeOptions: LOOK },
        polyline: { allowIntersection: true, shapeOptions: { ...LOOK, fill: false } },
        circlemarker: { ...LOOK, radius: 7 },
        circle: false,
        marker: false,
      },
      edit: { featureGroup: items },
    };
  }

  /* While the pen is down the layers below must not answer, and the click that ends a drawing is not theirs either. */
  function quietWhileDrawing(map) {
    const pane = map.getPane("atlas");
    let later = 0;
    map.on("draw:drawstart draw:editstart draw:deletestart", () => {
      clearTimeout(later);
      map.closePopup();
      pane.style.pointerEvents = "none";
    });
    map.on("draw:drawstop draw:editstop draw:deletestop", () => {
      later = setTimeout(() => {
        pane.style.pointerEvents = "";
      }, 350);
    });
  }

  /* A drawing remembers the zoom it was made at: how exact it can be follows from that. */
  Atlas.drawing = function (map) {
    speak(map.atlas.words);
    const items = L.featureGroup().addTo(map);
    new L.Control.Draw(tools(items)).addTo(map);
    map.on(L.Draw.Event.CREATED, (event) => {
      event.layer.feature = { type: "Feature", properties: { zoom: map.getZoom() } };
      items.addLayer(event.layer);
    });
    quietWhileDrawing(map);
    return items;
  };
})((window.Atlas = window.Atlas || {}));
