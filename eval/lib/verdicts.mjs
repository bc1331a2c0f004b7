// Do verdicts convict whom they should, and nobody else? What an event's v4 answer says, held against the truth of its
// workload. A signal is scored only on events about which the truth says something: yes or no.

const human = (row) => !row.bot;
const either = (yes, no) => (row) => (yes(row) ? true : no(row) ? false : undefined);
const never = (row) => (human(row) ? false : undefined);
const quiet = (row) => human(row) && !row.privacy;

/* read: what the answer says, undefined when it says nothing. truth: what it ought to say, undefined when nobody
 * knows: programs may well run in virtual machines, privacy browsers do change what they show. */
export const SIGNALS = [
    {
        name: "bot",
        read: (event) => event.bot && event.bot !== "not_detected",
        truth: either((row) => ["headless", "crawler"].includes(row.kind), human),
    },
    {
        name: "incognito",
        read: (event) => event.incognito,
        truth: either((row) => human(row) && row.state === "incognito", human),
    },
    {
        name: "privacy_settings",
        read: (event) => event.privacy_settings,
        truth: either((row) => human(row) && row.privacy, human),
    },
    {
        name: "tampering",
        read: (event) => event.tampering,
        truth: either((row) => row.kind === "antidetect", quiet),
    },
    {
        name: "anti_detect_browser",
        read: (event) => event.tampering_details?.anti_detect_browser,
        truth: either((row) => row.kind === "antidetect", human),
    },
    {
        name: "vpn",
        read: (event) => event.vpn,
        truth: either(
            (row) => human(row) && ["vpn", "relay"].includes(row.net),
            (row) => human(row) && row.net !== "travel",
        ),
    },
    {
        name: "proxy",
        read: (event) => event.proxy,
        truth: either(
            (row) => row.net === "proxy",
            (row) => human(row) && !["vpn", "relay"].includes(row.net),
        ),
    },
    ...["virtual_machine", "high_activity_device", "replayed"].map(plain),
    ...["emulator", "root_apps", "jailbroken", "frida", "cloned_app", "mitm_attack"].map(plain),
    { name: "ip_blocklist.tor_node", read: (event) => event.ip_blocklist?.tor_node, truth: never },
    { name: "ip_blocklist.attack", read: (event) => event.ip_blocklist?.attack_source, truth: never },
];

/* Signals that no human of the workload deserves. (Developer tools are left out: some have them open, and the truth
 * does not say who.) */
function plain(name) {
    return { name, read: (event) => event[name], truth: never };
}

/* { signal: true or false }, of those that the answer mentions. */
export function readVerdicts(event) {
    const said = {};
    for (const { name, read } of SIGNALS) {
        const value = read(event);
        if (value !== undefined) said[name] = Boolean(value);
    }
    return said;
}

/* Names of the signals that are false alarms on this event. */
export function falseAlarms(row, said) {
    return SIGNALS.filter(({ name, truth }) => said[name] && truth(row) === false).map(
        ({ name }) => name,
    );
}

const ratio = (part, whole) => (whole ? part / whole : null);

/* Who was accused wrongly, by what the truth says of them, the most frequent first. */
function accused(rows) {
    const counts = new Map();
    for (const { os, browser, state, net, privacy } of rows) {
        const who = [os, browser, state, net, ...(privacy ? ["privacy"] : [])].join(" ");
        counts.set(who, (counts.get(who) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, 5);
}

/* truth: rows as of readTruth. verdicts[i]: of row i as of readVerdicts, or undefined when nobody asked. One line per
 * signal that was mentioned at all. */
export function scoreVerdicts(truth, verdicts) {
    const asked = truth.filter(({ i }) => verdicts[i]);
    return SIGNALS.map((signal) => scoreSignal(signal, asked, verdicts)).filter(
        ({ answered }) => answered > 0,
    );
}

/* Scores of several workloads, as of scoreVerdicts, added up. */
export function addVerdicts(lists) {
    const sums = new Map();
    for (const score of lists.flat()) {
        const sum = sums.get(score.name) ?? { name: score.name, accused: new Map() };
        for (const key of ["answered", "guilty", "found", "innocent", "false_alarms"])
            sum[key] = (sum[key] ?? 0) + score[key];
        for (const [who, n] of score.accused) sum.accused.set(who, (sum.accused.get(who) ?? 0) + n);
        sums.set(score.name, sum);
    }
    return [...sums.values()].map((sum) => ({
        ...sum,
        recall: ratio(sum.found, sum.guilty),
        false_alarm_rate: ratio(sum.false_alarms, sum.innocent),
        precision: ratio(sum.found, sum.found + sum.false_alarms),
        accused: [...sum.accused].sort((a, b) => b[1] - a[1]),
    }));
}

function scoreSignal({ name, truth: ought }, asked, verdicts) {
    const says = (row) => verdicts[row.i][name];
    const guilty = asked.filter((row) => ought(row) === true);
    const innocent = asked.filter((row) => ought(row) === false);
    const found = guilty.filter((row) => says(row) === true).length;
    const alarms = innocent.filter((row) => says(row) === true);
    return {
        name,
        answered: asked.filter((row) => says(row) !== undefined).length,
        guilty: guilty.length,
        found,
        recall: ratio(found, guilty.length),
        innocent: innocent.length,
        false_alarms: alarms.length,
        false_alarm_rate: ratio(alarms.length, innocent.length),
        precision: ratio(found, found + alarms.length),
        accused: accused(alarms),
    };
}
