/* Which frame the background is drawn in. Data, clicks and drawings stay in WGS 84: only the projection knows. */
(function (Atlas) {
  "use strict";

  const SEMI_MAJOR_AXIS_M = 6378245.0;
  const ECCENTRICITY_SQUARED = 0.00669342162296594323;
  const INVERSE_TURNS = 10;

  function waves(angle, amplitudes) {
    const divisors = [1, 3, 12, 30];
    return amplitudes.reduce((sum, height, k) => sum + height * Math.sin((Math.PI * angle) / divisors[k]), 0);
  }

  function shiftMetres(x, y) {
    const ripple = 20 * Math.sin(6 * Math.PI * x) + 20 * Math.sin(2 * Math.PI * x);
    const root = Math.sqrt(Math.abs(x));
    const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root;
    const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root;
    return [
      east + ((ripple + waves(x, [20, 40, 150, 300])) * 2) / 3,
      north + ((ripple + waves(y, [20, 40, 160, 320])) * 2) / 3,
    ];
  }

  function toGcj02(latlng) {
    const radians = (latlng.lat * Math.PI) / 180;
    const flattening = 1 - ECCENTRICITY_SQUARED * Math.sin(radians) ** 2;
    const meridian = (SEMI_MAJOR_AXIS_M * (1 - ECCENTRICITY_SQUARED)) / flattening ** 1.5;
    const parallel = (SEMI_MAJOR_AXIS_M / Math.sqrt(flattening)) * Math.cos(radians);
    const [east, north] = shiftMetres(latlng.lng - 105, latlng.lat - 35);
    const degrees = 180 / Math.PI;
    return L.latLng(latlng.lat + (north / meridian) * degrees, latlng.lng + (east / parallel) * degrees);
  }

  function toWgs84(latlng) {
    let found = latlng;
    for (let turn = 0; turn < INVERSE_TURNS; turn += 1) {
      const shifted = toGcj02(found);
      found = L.latLng(found.lat + latlng.lat - shifted.lat, found.lng + latlng.lng - shifted.lng);
    }
    return found;
  }

  function shiftedMercator() {
    const mercator = L.CRS.EPSG3857.projection;
    const projection = {
      bounds: mercator.bounds,
      project: (latlng) => mercator.project(toGcj02(latlng)),
      unproject: (point) => toWgs84(mercator.unproject(point)),
    };
    return L.extend({}, L.CRS.EPSG3857, { projection: projection });
  }

  Atlas.toGcj02 = toGcj02;
  Atlas.toWgs84 = toWgs84;
  Atlas.crsOf = (datum) => (datum === "gcj02" ? shiftedMercator() : L.CRS.EPSG3857);
})((window.Atlas = window.Atlas || {}));
