/* virtual_machine - does the browser run in a virtual machine?
 *
 * Shown: v4 virtual_machine; v3 products.virtualMachine; FingerprintIQ verdicts.virtualMachine
 * Evidence:
 *   VM_RENDERER        WebGL's unmasked renderer names the graphics card that a hypervisor emulates:
 *                      VirtualBox, VMware (SVGA3D), Parallels, QEMU (virgl, virtio), Hyper-V
 *   VM_BASIC_DISPLAY   "Microsoft Basic Render Driver" together with at most two cores and a screen of
 *                      800x600, 1024x768 or 1280x800 without scaling
 * Confidence: a named card convicts. Absent when WebGL gave no renderer.
 * Never alone: a software renderer (SwiftShader, llvmpipe) or no WebGL: browsers without a graphics
 *     card have those, headed ones under a virtual display too (measured 2026-11-20). Two cores, a
 *     small screen, a battery at 100 %, the client's own vmDetected: all innocent.
 * Blind spots: virtual machines with the host's card or with software graphics; Safari and Firefox
 *     with protection hide the card's name. */
#include "identify/verdicts/verdict.h"

static bool has_any(struct str text, const char *const *words)
{
    for (; *words; words++)
        if (str_has(text, str_of(*words))) return true;
    return false;
}

static bool is_first_screen(const struct signal *v)
{
    static const double sizes[][2] = { { 800, 600 }, { 1024, 768 }, { 1280, 800 } };
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        if (v[S_SCREEN_WIDTH].number == sizes[i][0] && v[S_SCREEN_HEIGHT].number == sizes[i][1] &&
            v[S_PIXEL_RATIO].number == 1)
            return true;
    return false;
}

static void virtual_machine_judge(struct identify *id)
{
    static const char *const cards[] = { "VirtualBox", "VBox",   "VMware", "SVGA3D",
                                         "Parallels",  "virgl",  "Virgl",  "virtio",
                                         "VirtIO",     "QEMU",   "Hyper-V", NULL };
    const struct signal *v = id->signals.value;
    struct str renderer = v[S_WEBGL_RENDERER].text;
    if (!v[S_WEBGL_RENDERER].present) return;
    struct codes *reasons = &id->event.virtual_machine_reasons;
    bool few_cores = v[S_CORES].present && v[S_CORES].number <= 2;
    if (has_any(renderer, cards)) codes_add(reasons, REASON_VM_RENDERER);
    else if (str_has(renderer, STR("Microsoft Basic Render")) && few_cores && is_first_screen(v))
        codes_add(reasons, REASON_VM_BASIC_DISPLAY);
    SET(id, virtual_machine, reasons->count > 0);
    if (reasons->count) event_set(&id->event, EVENT_virtual_machine_reasons);
}

const struct verdict_kind verdict_virtual_machine = { "virtual_machine", virtual_machine_judge };
