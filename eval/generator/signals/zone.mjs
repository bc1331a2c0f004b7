// Time zones as a page computes them, daylight saving included.
const HOUR_MS = 3600e3;
const JULY_2005 = Date.UTC(2005, 6, 1); // the moment that the SDK asks about
const zones = new Map();

function part(tz, timeZoneName, ms) {
    const format = new Intl.DateTimeFormat("en-US", { timeZone: tz, timeZoneName });
    return format.formatToParts(ms).find((x) => x.type === "timeZoneName").value;
}

function westMinutes(tz, ms) {
    const found = /GMT([+-])(\d+):(\d+)/.exec(part(tz, "longOffset", ms));
    if (!found) return 0;
    const [, sign, hours, minutes] = found;
    return -(sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

/* { westMinutes: of UTC now, west2005: in July 2005, name: the long English name now } */
export function zoneOf(tz, t) {
    const key = `${tz}|${Math.floor(t / HOUR_MS)}`;
    let zone = zones.get(key);
    if (!zone) {
        zone = {
            westMinutes: westMinutes(tz, t),
            west2005: westMinutes(tz, JULY_2005),
            name: part(tz, "long", t),
        };
        zones.set(key, zone);
    }
    return zone;
}
