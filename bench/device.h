/* device - a made-up computer with a Chromium on it, drawn from a seed and a number.
 *
 * The same seed and number always give the same device, so a run can be repeated and a device can come
 * back. Values are drawn the way real ones cluster: a few graphics cards, screens, languages and
 * versions that many share; hashes that depend on those (canvas on card, system and version); and a
 * font list that is almost everybody's own.
 */
#ifndef WHORL_BENCH_DEVICE_H
#define WHORL_BENCH_DEVICE_H

#include <stdint.h>

enum device_system { DEVICE_WINDOWS, DEVICE_MAC, DEVICE_LINUX, DEVICE_SYSTEM_COUNT };

enum { DEVICE_FONTS = 59, DEVICE_FONT_BYTES_MAX = 1400 };

struct device {
    uint64_t seed;                  /* for whatever else must stay the same for this device */
    enum device_system system;
    const char *platform;           /* navigator.platform */
    const char *system_name;        /* client hints */
    const char *system_version;
    const char *architecture;
    uint32_t gpu_row;
    const char *gpu, *gpu_vendor;
    const char *gpu_params;         /* JSON */
    const char *languages;          /* JSON */
    const char *accept_language;    /* HTTP */
    const char *number, *relative, *list; /* how this language writes them; JSON strings */
    const char *zone, *zone_name;
    int zone_offset_min;            /* west of Greenwich is positive, as in JavaScript */
    int major;                      /* Chromium's version */
    int build, patch;
    int cores, memory_gb;
    int width, height;              /* of the screen */
    const char *ratio;              /* JSON number */
    int bar;                        /* what the system's task bar takes from the height */
    int window_width, window_height; /* outer size */
    int dark, bluetooth, battery;
    int properties;                 /* of window; moves with the version */
    int svg_sixteenths[5];          /* text lengths in 1/16 pixel */
    int fonts_count;
    char fonts[DEVICE_FONT_BYTES_MAX]; /* JSON */
    char user_agent[160];
    char canvas[65], dom_rect[65], emoji[65], speech[65], intl[65], timezone[65], css_color[65];
    char css_font[65], css[65], svg[65], window[65], element[65], hints[65], capability[65];
};

/* A JSON array, the same for all: they differ in the number of properties only. */
extern const char device_globals[];

void device_draw(struct device *out, uint64_t seed, uint32_t number);

/* 64 hex digits that depend on the two numbers only, in the place of a SHA-256. */
void device_hash(char out[65], uint64_t a, uint64_t b);

#endif
