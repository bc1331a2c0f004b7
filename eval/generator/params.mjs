// Every rate of the workload in one place. Where a number comes from:
//   FPS    Vastel et al., "FP-Stalker: Tracking Browser Fingerprint Evolutions", IEEE S&P 2018: days until an
//          attribute changes, at the 50th / 90th / 95th percentile of users
//   FPSnb  the notebook output published with it, over 122,350 fingerprints of 2,346 ids
//   LC     Li and Cao, "Who Touched My Browser Fingerprint?", IMC 2020
//   BK     Berke et al., PoPETs 2025 (8,400 people)
//   REL    the vendors' release calendars (generator/releases.mjs)
//   ASM    an assumption: no measurement found
export const DEFAULTS = {
    // Chrome goes over to two weeks on 2026-09-08 and iOS 27 arrives inside the window (REL)
    start: "2026-09-01T00:00:00Z",

    // ---- population ----
    // ASM: about 58 % computers, 42 % phones and tablets
    mix: {
        windows: 0.4,
        macos: 0.13,
        linux: 0.03,
        chromeos: 0.02,
        iphone: 0.2,
        ipad: 0.02,
        android: 0.2,
    },
    // ASM: name and weight
    browsers: {
        windows: [
            ["chrome", 66],
            ["edge", 20],
            ["firefox", 9.5],
            ["brave", 3.5],
            ["tor", 0.5],
            ["firefox-rfp", 0.5],
        ],
        macos: [
            ["safari", 50],
            ["chrome", 40],
            ["firefox", 6],
            ["brave", 3],
            ["edge", 1],
        ],
        linux: [
            ["chrome", 55],
            ["firefox", 36],
            ["brave", 7],
            ["tor", 1],
            ["firefox-rfp", 1],
        ],
        chromeos: [["chrome", 100]],
        iphone: [
            ["safari", 88],
            ["crios", 12],
        ],
        ipad: [
            ["safari", 92],
            ["crios", 8],
        ],
        android: [
            ["chrome", 84],
            ["samsung", 11],
            ["firefox", 3],
            ["brave", 2],
        ],
    },
    second_browser: 0.12, // share of computers that come as a second browser too (ASM)
    fleet_share: 0.08, // share of instances in company fleets of identical machines (ASM)
    fleet_size: [4, 40],
    bot_share: 0.015, // ASM
    // ASM: one home market; entropy of time zones and languages fitted to BK
    countries: [
        ["US", 80],
        ["CA", 4],
        ["GB", 4],
        ["DE", 3],
        ["IN", 3],
        ["FR", 2],
        ["BR", 1.5],
        ["AU", 1],
        ["JP", 0.5],
        ["ES", 0.5],
        ["IT", 0.5],
    ],
    // distinct models = k * (instances of the class) ^ 0.45 (ASM, fitted to BK's counts of distinct values)
    models_k: { windows: 17, macos: 5, linux: 18, chromeos: 6, android: 11, ipad: 3 },
    zipf_s: 0.95,
    zipf_q: 2,

    // ---- visiting ----
    single_visit: 0.22, // ASM
    // mean gap of an instance, days: lognormal (ASM)
    gap_median_days: 5.0,
    gap_sigma: 0.95,
    gap_min: 0.3,
    gap_max: 35,
    extra_event: 0.2, // chance of one more page minutes later
    arrive_at_start: 0.4, // the others first come at any moment of the first 80 % of the window

    // ---- cookies and private windows ----
    clear_on_exit: 0.1, // share that loses its jar between visits, each time with p = 0.85 (ASM)
    clear_often: [0.22, 30], // share, mean days; with Safari's 7 days this gives LC's 32 % that clear
    clear_rare_days: 400,
    // Safari: storage dropped after 7 days without a visit, for this share (LC: a main cause)
    itp_share: 0.6,
    itp_days: 7,
    // shares of instances and of their visits (ASM)
    incog_always: 0.02,
    incog_some: [0.12, 0.25],
    incog_rest: 0.01,
    incog_detect: 0.7, // chance that the SDK's probe notices a private window

    // ---- updates of browser and system (cadence: REL) ----
    // rollout and restart, mean days (ASM)
    lag_days: {
        chrome: 2.5,
        edge: 3,
        brave: 2,
        firefox: 3,
        samsung: 8,
        crios: 6,
        chrome_android: 6,
        safari: 0,
    },
    // ASM; FPS: user agent 39.7 / 13.0 / 8.4 days
    laggard: 0.06,
    laggard_factor: 10,
    never_update: 0.02,
    os_lag_days: { macos: 22, ios: 16 }, // ASM
    os_never: 0.1, // ASM
    // ASM; FPS: WebGL renderer never / 81.2 / 30.3 days
    android_os_days: 190,
    windows_feature_days: 240,
    linux_mesa_days: 60,
    // FPS: canvas 290 / 35.3 / 17.2 days; FPSnb: canvas, median 1 in 307 days, 90th percentile 1 in 36
    driver_days: 130,
    driver_share: 0.5,
    driver_changes_canvas: 0.4,
    // Windows laptops whose page now and then runs on the other GPU (FPS: renderer, as above; sizes ASM)
    hybrid_share: 0.08,
    hybrid_use: 0.18,
    // a collector that misses its deadline: everywhere; share of slow machines; there (ASM)
    flaky: 0.004,
    flaky_share: 0.05,
    flaky_bad: 0.06,
    // chance that a browser's major moves a rendering for everybody on that system (ASM)
    canvas_epoch_p: 0.05,
    audio_epoch_p: 0.015,
    text_epoch_p: 0.06,

    // ---- what users change ----
    dock_share: 0.22, // FPS: resolution never / 3.1 / 1.8 days
    dock_use: 0.45,
    screen_swap_days: 350, // a new monitor
    zoom_share: 0.06,
    zoom_days: 20,
    // share, mean days between trips of 2 to 7 days; FPS: time zone 206 / 53.8 / 26.8 days
    travel: [
        [0.14, 40],
        [0.04, 15],
    ],
    lang_share: 0.09, // FPS: languages never / 215 / 56.7 days
    lang_days: 60,
    dnt_share: 0.09, // FPS: Do Not Track never / 171 / 57 days
    dnt_days: 70,
    fonts_share: 0.35, // FPS, lists read by Flash: never / 11.8 / 5.4; lists read by script move less (ASM)
    fonts_days: 110,
    dark_auto: 0.3, // the colour scheme follows the clock (ASM)
    perm_days: 120, // a site permission granted or revoked (ASM)
    ext_share: 0.1, // an extension that leaves a global on window
    ext_days: 60,

    // ---- network (ASM) ----
    ipv6: 0.25,
    cell_use: 0.45,
    cgnat_pool: 256,
    home_static: 0.35,
    home_daily: 0.1,
    home_days: 45,
    vpn_share: 0.07,
    vpn_use: 0.5,
    vpn_pool: 60,
    relay_share: 0.12,
    fleet_home: 0.3,

    // ---- privacy browsers ----
    brave_new_session: 0.7, // chance that a visit with Brave is in a new farbling session
    canvas_blocker: 0.006, // share of Firefox and Chrome on computers with an extension that adds noise
    linked_id: 0.1, // share of people who are logged in; the same linkedId on all their devices
};

/* The standard rates with those of `changed` in their place; a table is changed row by row. */
export function parametersFrom(changed) {
    const P = structuredClone(DEFAULTS);
    for (const [name, value] of Object.entries(changed || {})) {
        if (!Object.hasOwn(P, name))
            throw new Error(`generator/params.mjs has no parameter "${name}"`);
        const table = typeof P[name] === "object" && !Array.isArray(P[name]);
        P[name] = table ? { ...P[name], ...value } : value;
    }
    return P;
}
