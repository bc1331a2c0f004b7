/* look - what one event shows of a device, as values that can be compared: its traits.
 *
 * The rows of signals.def with the same `group` are one trait (traits.def). A trait is absent when its
 * signals did not arrive: nothing is concluded from that. Values are 32-bit hashes, equal for equal
 * signals whatever their order in the payload; 0 means absent.
 */
#ifndef WHORL_IDENTIFY_LINK_LOOK_H
#define WHORL_IDENTIFY_LINK_LOOK_H

#include "identify/enrich/address.h"
#include "identify/enrich/ua.h"
#include "identify/signals.h"

enum trait {
#define T(trait, how, given, also, slots, share, sigma, daily, wobble, private, words) TRAIT_##trait,
#include "identify/link/traits.def"
    TRAIT_COUNT,
    TRAIT_none = TRAIT_COUNT
};

enum trait_how {
    TRAIT_EXACT, TRAIT_SIDES, TRAIT_EDGES, TRAIT_SET, TRAIT_GLOBALS, TRAIT_TIMED, TRAIT_TINTED,
    TRAIT_WINDOW, TRAIT_FILLED, TRAIT_INSET, TRAIT_FULL, TRAIT_USER, TRAIT_VERSION, TRAIT_NETWORK
};

struct trait_info {
    const char *name, *words;
    enum trait_how how;
    enum trait given, also;
    uint8_t slots;
    bool other_in_private;
    float share, sigma, daily, wobble;
};
extern const struct trait_info trait_infos[TRAIT_COUNT];

/* Kinds of browser that change in the same ways; the learnt rates are kept apart for them. */
enum { KIND_COUNT = 24 };
/* iPhones and iPads: few models, each of them many people's. */
bool kind_is_ios(unsigned kind);

/* Near: what a household or office shares (/24 of IPv4, /48 of IPv6). Wide: a provider's region (/16,
 * /32). Block: a provider, roughly (/8, /16). */
enum net_level { NET_NEAR, NET_WIDE, NET_BLOCK, NET_LEVELS };

struct look {
    uint32_t family; /* browser and system, by name: a token does not move from one to another */
    uint32_t class;  /* the same and some lasting traits: only visitors of one class are compared */
    uint8_t kind;    /* below KIND_COUNT */
    bool private_window; /* it shows (private_window.h); many do not */
    bool usual_window;   /* it shows that it is none; neither: nobody knows */
    bool night;      /* at the client, by its time zone */
    bool dark;       /* the colour scheme it shows */
    bool falsifies;  /* a privacy browser or an extension that changes what it shows */
    bool noisy_canvas; /* it says so; some say it always */
    uint32_t value[TRAIT_COUNT];
    uint64_t version[2]; /* TRAIT_browser, TRAIT_system: ordered numbers; 0 absent */
    uint32_t release;    /* browser and system version, without the last parts */
    uint64_t fonts, globals; /* odd sketches of the lists (see set_sketch) */
    uint32_t net[NET_LEVELS];
    uint64_t hardware;   /* an app's: a keyed hash of what names the device; 0: none was sent */
    unsigned telling; /* traits of hardware and rendering that arrived: see TELLING_MIN */
};

/* With fewer telling traits (graphics card, canvas, fonts, screen) nobody is matched: address and user agent
 * alone are not a device. */
enum { TELLING_MIN = 2 };
bool trait_is_telling(enum trait t);
/* Do private windows of this browser show another value? Those of Firefox also switch Global Privacy Control on and
 * report another number of cores (Firefox 153 ESR, measured 2026-11-20: docs/accuracy.md). */
bool trait_is_other_in_private(const struct look *look, enum trait t);
/* Does one of its signals stand as `falsified` in signals.def? */
bool trait_is_falsified(enum trait t);

/* An odd sketch (Mitzenmacher, Pagh and Pham, WWW 2014) of 64 bits: each element flips the bit of its hash,
 * so that the number of bits in which two sketches differ is about the number of elements that only one
 * list has. 0 stands for the empty list. */
uint64_t set_sketch(struct str joined);

struct look_facts {
    const struct signals *signals;
    const struct ua_facts *ua;
    const struct address *client;
    struct str linked_id;
    uint64_t hardware;
    int64_t now_ms;
};
void look_read(struct look *out, const struct look_facts *facts);

#endif
