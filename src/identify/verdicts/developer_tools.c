/* developer_tools - are developer tools open beside the page, or an app's system set up for developers?
 *
 * Shown: v4 developer_tools; v3 products.developerTools; FingerprintIQ verdicts.devtools
 * Evidence:
 *   DEVELOPER_MODE an app says it in system.developerMode (Android's DEVELOPMENT_SETTINGS_ENABLED)
 *   TOOLS_BESIDE   the window is at least 450 px wider than the page, and zoom does not explain it
 *                  (measured 2026-11-20: 0 without and 555 with tools docked to the right, Chromium 156)
 *   TOOLS_BELOW    the window is at least 300 px higher than the page, and zoom does not explain it
 *                  (143 without tools, with the bar of a headless browser)
 *   TOOLS_TRACING  promises are traced (Debugger.setAsyncCallStackDepth): 300 of them, deep in a stack, took
 *                  10 to 13 ms with tools open in any place, 0.0 to 0.1 without (2026-11-25, Chromium 156)
 * Confidence: none is given. Absent in browsers of phones, without a window size, and when nothing was measured.
 * Never alone: a difference of 160 px, which FingerprintIQ's client takes for tools: side panels,
 *     vertical tabs and bookmarks take up to 400. Sizes in a frame, which are the frame's.
 * Blind spots: other browsers' tools in a window of their own or docked and made small. The timing of console.table
 *     would show those, but it also shows every debugger and writes to the console: not used. */
#include "identify/verdicts/verdict.h"

enum { BESIDE_PX = 450, BELOW_PX = 300 };

static void judge_app(struct identify *id)
{
    const struct signal *mode = &id->signals.value[S_APP_DEVELOPER_MODE];
    if (!mode->present) return;
    SET(id, developer_tools, mode->number != 0);
    if (!id->event.developer_tools) return;
    event_set(&id->event, EVENT_developer_tools_reasons);
    codes_add(&id->event.developer_tools_reasons, REASON_DEVELOPER_MODE);
}

static void judge_browser(struct identify *id)
{
    const struct signal *v = id->signals.value;
    double outer_w = v[S_OUTER_WIDTH].number, inner_w = v[S_INNER_WIDTH].number;
    double outer_h = v[S_OUTER_HEIGHT].number, inner_h = v[S_INNER_HEIGHT].number;
    struct codes *reasons = &id->event.developer_tools_reasons;
    if (signals_show_tracing(&id->signals)) {
        codes_add(reasons, REASON_TOOLS_TRACING);
        event_set(&id->event, EVENT_developer_tools_reasons);
        SET(id, developer_tools, true);
    }
    if (v[S_FRAMED].number != 0) return;
    const struct signal *pointer = &v[S_POINTER];
    if (!(outer_w > 0 && outer_h > 0 && inner_w > 0 && inner_h > 0)) return;
    if (!pointer->present || !str_eq(pointer->text, STR("fine"))) return;
    /* Zoom scales both sides alike: with it the page is narrower than the window by the same factor
     * as it is lower, apart from the window's own bars. */
    double missing_w = outer_w - inner_w, missing_h = outer_h - inner_h;
    double zoom = outer_w / inner_w;
    if (missing_w >= BESIDE_PX && outer_h - inner_h * zoom < 0) codes_add(reasons, REASON_TOOLS_BESIDE);
    if (missing_h >= BELOW_PX && zoom < 1.02 && zoom > 0.98) codes_add(reasons, REASON_TOOLS_BELOW);
    SET(id, developer_tools, reasons->count > 0);
    if (reasons->count) event_set(&id->event, EVENT_developer_tools_reasons);
}

static void developer_tools_judge(struct identify *id)
{
    if (id->mobile.platform.n) judge_app(id);
    else judge_browser(id);
}

const struct verdict_kind verdict_developer_tools = { "developer_tools", developer_tools_judge };
