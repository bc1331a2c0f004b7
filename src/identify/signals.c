/* signals - see signals.h. One walk over the payload's signals does both jobs: it picks the values
 * that somebody reads, and packs all of them. Keys usually come in the documented order, so the
 * search for a name starts at the one after the last hit. */
#include "identify/signals.h"

#include "base/json_number.h"
#include "event/packed.h"

static const struct { const char *name; size_t length; double weight; } keys[SIGNAL_COUNT] = {
#define SIGNAL(name, weight) { #name, sizeof #name - 1, weight },
#include "identify/signals.def"
};

const struct signal_info signal_infos[S_COUNT] = {
#define S(id, signal, member, kind, stability, group, falsified)                                   \
    { #id, SIGNAL_##signal, #member, SIGNAL_##kind, SIGNAL_##stability, #group, falsified },
#include "identify/signals.def"
};

static const struct { enum signal_key signal; const char *member; size_t length; } volatiles[] = {
#define VOLATILE(signal, member) { SIGNAL_##signal, #member, sizeof #member - 1 },
#include "identify/signals.def"
};

/* What the walk needs of both lists, derived from them once per thread: the rows of one signal
 * stand together, and a row's path is compared up to its point. */
struct index {
    struct bounds { uint8_t from, to; } values[SIGNAL_COUNT], volatiles[SIGNAL_COUNT];
    uint8_t head_length[S_COUNT];
    bool ready;
};

static void widen(struct bounds *b, size_t row)
{
    if (!b->to) b->from = (uint8_t)row;
    b->to = (uint8_t)(row + 1);
}

static const struct index *get_index(void)
{
    static _Thread_local struct index index;
    if (index.ready) return &index;
    for (size_t i = 0; i < COUNT_OF(signal_infos); i++) {
        widen(&index.values[signal_infos[i].signal], i);
        index.head_length[i] = (uint8_t)strcspn(signal_infos[i].member, ".");
    }
    for (size_t i = 0; i < COUNT_OF(volatiles); i++)
        widen(&index.volatiles[volatiles[i].signal], i);
    index.ready = true;
    return &index;
}

/* Most names differ in length or in their first letter. */
static bool is_name(struct str s, const char *name, size_t length)
{
    return s.n == length && s.p[0] == name[0] && memcmp(s.p, name, length) == 0;
}

static enum signal_key key_of(struct str name, unsigned from)
{
    for (unsigned i = 0; i < SIGNAL_COUNT; i++) {
        unsigned k = from + i < SIGNAL_COUNT ? from + i : from + i - SIGNAL_COUNT;
        if (is_name(name, keys[k].name, keys[k].length)) return (enum signal_key)k;
    }
    return SIGNAL_COUNT;
}

static bool is_unkept(enum signal_key key, struct str member)
{
#define UNKEPT(signal, name) if (key == SIGNAL_##signal && str_eq(member, STR(#name))) return true;
#include "identify/signals.def"
    return false;
}

static bool is_volatile(const struct index *index, enum signal_key key, struct str member)
{
    const struct bounds rows = index->volatiles[key];
    for (unsigned i = rows.from; i < rows.to; i++) {
        const char *name = volatiles[i].member;
        if (name[0] == '*' || is_name(member, name, volatiles[i].length)) return true;
    }
    return false;
}

static uint64_t not_zero(uint64_t hash)
{
    return hash ? hash : 1;
}

/* An array of strings or numbers, or an object of them (webgl.params); other elements are absent.
 * An object's members count in any order. */
static void read_list(struct signal *out, struct json v, struct arena *arena)
{
    struct json_out text;
    bool object = json_type(v) == JSON_OBJECT;
    uint64_t members = 0;
    size_t count = 0;
    json_out_init(&text, arena);
    for (struct json_each it = json_each(v); json_next(&it);) {
        char number[JSON_NUMBER_BYTES];
        struct str s;
        double d;
        if (!json_str(it.value, &s)) {
            if (!json_double(it.value, &d)) continue;
            s = (struct str){ number, json_number_print(number, d) };
        }
        if (count++) json_out_raw(&text, STR("\n"));
        if (object) json_out_raw(&text, it.key), json_out_raw(&text, STR("="));
        json_out_raw(&text, s);
        if (object) members += str_hash(s, str_hash(it.key, 4));
    }
    out->text = json_out_text(&text);
    out->hash =
        not_zero(object ? str_hash((struct str){ (const char *)&members, sizeof members }, 4)
                        : str_hash(out->text, 1));
    out->present = !text.failed;
}

/* An array of { brand, version }: "brand=version" lines. */
static void read_brands(struct signal *out, struct json v, struct arena *arena)
{
    struct json_out text;
    if (json_type(v) != JSON_ARRAY) return;
    json_out_init(&text, arena);
    for (struct json_each it = json_each(v); json_next(&it);) {
        struct json brand, version;
        struct str b, n;
        if (!json_get(it.value, STR("brand"), &brand) || !json_str(brand, &b)) continue;
        if (!json_get(it.value, STR("version"), &version) || !json_str(version, &n)) continue;
        if (json_out_text(&text).n) json_out_raw(&text, STR("\n"));
        json_out_raw(&text, b), json_out_raw(&text, STR("=")), json_out_raw(&text, n);
    }
    if (text.failed || json_out_text(&text).n == 0) return; /* absent: no hash either */
    out->text = json_out_text(&text);
    out->hash = not_zero(str_hash(out->text, 6));
    out->present = true;
}

/* An object's booleans, in any order. */
static void read_flags(struct signal *out, struct json v, struct arena *arena)
{
    struct json_out text;
    uint64_t members = 0;
    json_out_init(&text, arena);
    for (struct json_each it = json_each(v); json_next(&it);) {
        bool set;
        if (!json_bool(it.value, &set)) continue;
        if (json_out_text(&text).n) json_out_raw(&text, STR("\n"));
        if (!set) json_out_raw(&text, STR("!"));
        json_out_raw(&text, it.key);
        members += str_hash(it.key, set ? 8 : 7);
    }
    if (text.failed || json_out_text(&text).n == 0) return; /* absent: no hash either */
    out->text = json_out_text(&text);
    out->hash = not_zero(members);
    out->present = true;
}

static void read_signal(struct signal *out, enum signal_kind kind, struct json v,
                        struct arena *arena)
{
    struct str s;
    double d;
    bool b;
    switch (kind) {
    case SIGNAL_HASH: case SIGNAL_TEXT: case SIGNAL_NAME:
        if (!json_str(v, &s) || s.n == 0) return;
        if (kind == SIGNAL_NAME && str_eq(s, STR("unknown"))) return; /* the browser told none */
        out->text = arena_copy(arena, s);
        out->hash = not_zero(str_hash(s, 0));
        break;
    case SIGNAL_NUMBER:
        if (!json_double(v, &d)) return;
        if (d == 0) d = 0; /* -0 is 0 */
        out->number = d;
        out->hash = not_zero(str_hash((struct str){ (const char *)&d, sizeof d }, 2));
        break;
    case SIGNAL_BOOL:
        if (!json_bool(v, &b)) return;
        out->number = b;
        out->hash = b ? 2 : 1;
        break;
    case SIGNAL_FIRST: {
        struct json_each it = json_each(v);
        if (json_type(v) != JSON_ARRAY || !json_next(&it)) return;
        read_signal(out, SIGNAL_TEXT, it.value, arena);
        return;
    }
    case SIGNAL_BRANDS: read_brands(out, v, arena); return;
    case SIGNAL_FLAGS:
        if (json_type(v) == JSON_OBJECT) read_flags(out, v, arena);
        return;
    case SIGNAL_LIST:
        if (json_type(v) != JSON_ARRAY && json_type(v) != JSON_OBJECT) return;
        read_list(out, v, arena);
        return;
    }
    out->present = true;
}

/* Rows of `key` whose path starts with `member`. */
static void pick(struct signals *out, const struct index *index, enum signal_key key,
                 struct str member, struct json v, struct arena *arena)
{
    const struct bounds rows = index->values[key];
    for (unsigned i = rows.from; i < rows.to; i++) {
        struct json leaf = v;
        const char *path = signal_infos[i].member;
        if (!is_name(member, path, index->head_length[i])) continue;
        if (path[member.n] == '.' && !json_get(v, str_of(path + member.n + 1), &leaf)) continue;
        out->value[i] = (struct signal){ 0 }; /* the last one counts here too */
        read_signal(&out->value[i], signal_infos[i].kind, leaf, arena);
    }
}

/* Of a key given twice the last one counts, also when it says nothing. */
static void forget(struct signals *out, enum signal_key key)
{
    const struct bounds rows = get_index()->values[key];
    for (unsigned i = rows.from; i < rows.to; i++) out->value[i] = (struct signal){ 0 };
    out->arrived[key] = false;
}

static void read_value(struct signals *out, enum signal_key key, struct json value,
                       struct arena *arena, struct bytes_out *steady, struct bytes_out *changing)
{
    const struct index *index = get_index();
    if (out->arrived[key]) forget(out, key);
    packed_open_object(steady);
    for (struct json_each it = json_each(value); json_next(&it);) {
        pick(out, index, key, it.key, it.value, arena);
        if (is_unkept(key, it.key)) continue;
        packed_key(steady, it.key);
        if (is_volatile(index, key, it.key)) {
            packed_hole(steady);
            packed_value(changing, it.value);
        } else {
            packed_value(steady, it.value);
        }
    }
    packed_close_object(steady);
    out->arrived[key] = true;
}

static void read_entry(struct signals *out, enum signal_key key, struct json entry,
                       struct arena *arena, struct bytes_out *steady, struct bytes_out *changing)
{
    double ms;
    packed_open_object(steady);
    for (struct json_each it = json_each(entry); json_next(&it);) {
        packed_key(steady, it.key);
        if (str_eq(it.key, STR("duration")) && json_double(it.value, &ms)) {
            packed_hole(steady);
            packed_tenths(changing, ms);
        } else if (str_eq(it.key, STR("value")) && json_type(it.value) == JSON_OBJECT) {
            read_value(out, key, it.value, arena, steady, changing);
        } else {
            if (out->arrived[key] && str_eq(it.key, STR("value"))) forget(out, key);
            packed_value(steady, it.value);
        }
    }
    packed_close_object(steady);
}

enum err signals_read(struct signals *out, struct json object, struct arena *arena,
                      struct bytes_out *steady, struct bytes_out *changing)
{
    unsigned expected = 0;
    double arrived = 0, all = 0;
    memset(out, 0, sizeof *out);
    out->object = object;
    packed_open_object(steady);
    for (struct json_each it = json_each(object); json_next(&it);) {
        enum signal_key key = key_of(it.key, expected);
        packed_key(steady, it.key);
        const size_t from = steady->n;
        if (key < SIGNAL_COUNT && out->arrived[key]) forget(out, key);
        if (key < SIGNAL_COUNT && json_type(it.value) == JSON_OBJECT) {
            read_entry(out, key, it.value, arena, steady, changing);
            expected = key + 1u;
        } else {
            packed_value(steady, it.value);
            if (key < SIGNAL_COUNT) expected = key + 1u;
        }
        if (key < SIGNAL_COUNT)
            out->place[key] = (struct signal_place){ (uint32_t)it.value.at, (uint32_t)from, (uint32_t)steady->n };
    }
    packed_close_object(steady);
    for (unsigned k = 0; k < SIGNAL_COUNT; k++) {
        all += keys[k].weight;
        if (out->arrived[k]) arrived += keys[k].weight;
    }
    out->completeness = arrived / all;
    return steady->failed || changing->failed || arena->failed ? ERR_NO_MEMORY : ERR_OK;
}

bool signals_entry(const struct signals *signals, enum signal_key key, struct json *out)
{
    *out = signals->object;
    out->at = signals->place[key].at;
    return out->at != 0;
}

bool signal_changes(enum signal_key key)
{
    return get_index()->volatiles[key].to != 0;
}

bool signal_list_has(const struct signal *list, struct str element)
{
    struct str rest = list->text, part;
    if (!list->present || list->text.n == 0) return false;
    while (str_split(&rest, '\n', &part))
        if (str_eq(part, element)) return true;
    return false;
}

bool signals_show_tracing(const struct signals *signals)
{
    /* With developer tools 10 to 13 were measured, without 0.0 to 0.1 on a busy machine. */
    const double tracing_ms_min = 1.5;
    const struct signal *trace = &signals->value[S_ASYNC_TRACE_MS];
    return trace->present && trace->number >= tracing_ms_min;
}
