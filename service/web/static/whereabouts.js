// Where a check-in came from, in words.

import { number, text } from "./page.js";

const KILOMETRE = 1000;

const far = (metres) =>
  metres < KILOMETRE
    ? text("metres", { count: number(metres, 0) })
    : text("kilometres", { count: number(metres / KILOMETRE, 1) });

/** One or two sentences about `findings.position`. */
export function whereabouts({ standing, site_name: site, distance_m: distance, accuracy_m: accuracy, away }) {
  const values = {
    site,
    distance: distance === undefined ? "" : far(distance),
    accuracy: accuracy === undefined ? "" : far(accuracy),
  };
  const said = text(`where_${standing}`, values);
  return away ? `${said} ${text("where_away")}` : said;
}
