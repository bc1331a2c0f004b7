/* parse_event - see parse_event.h. The event's JSON is walked once; the path of each value finds
 * the row that prints it, and the row's way of printing has a way of reading beside it. */
#include "api/parse_event.h"

#include "api/parse_geo.h"
#include "api/raw_attributes.h"
#include "api/render_v3.h"
#include "base/clock.h"
#include "base/limits.h"
#include "event/packed.h"
#include "event/reason.h"
#include "event/velocity.h"

#include <pthread.h>
#include <stdio.h>

enum { DEPTH_MAX = 8, TEXT_BYTES_MAX = 4096 };

struct parsing {
    struct parsed_event *out;
    struct event *ev;
    struct arena *arena;
    parse_unmapped *unmapped;
    void *context;
    char *problem;
    char path[PARSE_PATH_BYTES_MAX];
    size_t path_bytes;
    int64_t time_ms; /* as stated; -1: not */
    bool has_id;
    struct str foreign_id; /* of no spelling of ours */
};

/* Takes a value, or says that it is not of its kind. */
typedef bool read_function(struct parsing *p, int field, struct json value);

static void *member(struct parsing *p, int field)
{
    return (char *)p->ev + event_fields[field].offset;
}

static void leave_unmapped(struct parsing *p)
{
    if (p->unmapped) p->unmapped(p->context, (struct str){ p->path, p->path_bytes });
}

/* ---- one function per way of printing ---- */

static bool read_STR(struct parsing *p, int field, struct json value)
{
    struct str text;
    if (!json_str(value, &text) || text.n > TEXT_BYTES_MAX) return false;
    if (field == EVENT_linked_id && str_count_chars(text) > LINKED_ID_CHARS_MAX) return false;
    event_set(p->ev, (enum event_field)field);
    *(struct str *)member(p, field) = text;
    return true;
}

/* What is printed empty when it is not known. */
static bool read_STR_OR_EMPTY(struct parsing *p, int field, struct json value)
{
    struct str text;
    if (!json_str(value, &text)) return false;
    return text.n == 0 || read_STR(p, field, value);
}
/* v4 shows an empty os_version; v3 cannot tell an empty one from none. */
#define read_BROWSER_STR      read_STR_OR_EMPTY
#define read_STR_WITH_VPN     read_STR_OR_EMPTY
#define read_COUNTRY_WITH_VPN read_STR
#define read_STR_OR_NULL      read_STR

static bool read_BOOL(struct parsing *p, int field, struct json value)
{
    if (!json_bool(value, (bool *)member(p, field))) return false;
    event_set(p->ev, (enum event_field)field);
    return true;
}
#define read_BOOL_OR_NO       read_BOOL
#define read_BOOL_OR_NO_IN_V3 read_BOOL
#define read_BOOL_BESIDE      read_BOOL
#define read_METHOD           read_BOOL

static bool read_INT(struct parsing *p, int field, struct json value)
{
    int64_t *to = field == EVENT_time_ms ? &p->time_ms : member(p, field);
    if (!json_i64(value, to)) return false;
    if (field != EVENT_time_ms) event_set(p->ev, (enum event_field)field);
    return true;
}

static bool read_MS(struct parsing *p, int field, struct json value)
{
    int64_t ms;
    return json_i64(value, &ms) && ms >= 0 && ms <= EVENT_ID_TIME_MAX && read_INT(p, field, value);
}
#define read_MS_OR_NULL read_MS

/* 0 is printed when nothing is known, too. */
static bool read_MS_OR_ZERO(struct parsing *p, int field, struct json value)
{
    int64_t ms;
    return json_i64(value, &ms) && (ms == 0 || read_MS(p, field, value));
}

static bool read_ISO(struct parsing *p, int field, struct json value)
{
    struct str text;
    int64_t ms;
    if (!json_str(value, &text) || !clock_parse_rfc3339(text, &ms) || ms > EVENT_ID_TIME_MAX) return false;
    if (field == EVENT_time_ms) {
        if (p->time_ms < 0) p->time_ms = ms; /* the number beside it may be finer */
        return true;
    }
    event_set(p->ev, (enum event_field)field);
    *(int64_t *)member(p, field) = ms;
    return true;
}
#define read_ISO_BESIDE read_ISO

/* Seen "globally" is seen by all customers of that service: its own are the subscription's. */
static bool read_ISO_OR_NULL(struct parsing *p, int field, struct json value)
{
    return str_ends((struct str){ p->path, p->path_bytes }, STR(".global")) ||
           read_ISO(p, field, value);
}

/* The time is also there as a number. */
static bool read_ISO_OR_EPOCH(struct parsing *p, int field, struct json value)
{
    (void)p, (void)field;
    return json_type(value) == JSON_STRING;
}

static bool read_SCORE(struct parsing *p, int field, struct json value)
{
    if (!json_double(value, (double *)member(p, field))) return false;
    event_set(p->ev, (enum event_field)field);
    return true;
}
#define read_SCORE_OR_ZERO  read_SCORE
#define read_PROBABILITY_V2 read_SCORE
#define read_CERTAINTY      read_SCORE

/* We print a zero, having no such thing; another number is somebody else's. */
static bool read_ZERO_IF_SET(struct parsing *p, int field, struct json value)
{
    double number;
    (void)field;
    if (!json_double(value, &number)) return false;
    if (number != 0) leave_unmapped(p);
    return true;
}

static bool read_EVENT_ID(struct parsing *p, int field, struct json value)
{
    struct str text;
    (void)field;
    if (!json_str(value, &text) || !text.n || text.n > NAME_BYTES_MAX) return false;
    if (p->has_id) return true;
    p->has_id = event_id_parse(text, &p->ev->id);
    if (!p->has_id) p->foreign_id = text;
    return true;
}
#define read_EVENT_ID_BESIDE read_EVENT_ID

static bool read_VISITOR_ID(struct parsing *p, int field, struct json value)
{
    struct str text;
    if (!json_str(value, &text)) return false;
    struct visitor_id *id = member(p, field);
    if (!text.n || text.n > NAME_BYTES_MAX) return false;
    if (!visitor_id_parse(text, id)) {
        *id = visitor_id_of_alias(text);
        if (field != EVENT_high_recall) p->out->id_made = true;
        else
            event_set(p->ev, EVENT_high_recall_alias),
                p->ev->high_recall_alias = text; /* documented to be longer */
    }
    event_set(p->ev, (enum event_field)field);
    return true;
}
#define read_HIGH_RECALL_ID read_VISITOR_ID

static bool read_ENV_ID(struct parsing *p, int field, struct json value)
{
    (void)field;
    return json_str(value, &p->out->environment);
}

static bool read_SOURCE(struct parsing *p, int field, struct json value)
{
    struct str text;
    (void)field;
    if (!json_str(value, &text)) return false;
    if (str_eq(text, STR("edge"))) event_set(p->ev, EVENT_edge), p->ev->edge = true;
    return true;
}

/* A browser's agent says no platform. */
static bool read_SDK_PLATFORM(struct parsing *p, int field, struct json value)
{
    struct str text;
    (void)field;
    if (!json_str(value, &text)) return false;
    return str_eq(text, STR("js")) || read_STR(p, EVENT_platform, value);
}

static bool read_INTEGRATIONS(struct parsing *p, int field, struct json value)
{
    struct str text;
    if (json_type(value) != JSON_ARRAY || packed_json_text(&text, value, p->arena)) return false;
    if (text.n > TEXT_BYTES_MAX) return false;
    event_set(p->ev, (enum event_field)field);
    *(struct str *)member(p, field) = text;
    return true;
}

static bool read_SDK(struct parsing *p, int field, struct json value)
{
    bool fine = json_type(value) == JSON_OBJECT;
    for (struct json_each it = json_each(value); fine && json_next(&it);) {
        if (str_eq(it.key, STR("platform"))) fine = read_SDK_PLATFORM(p, field, it.value);
        else if (str_eq(it.key, STR("version"))) fine = read_STR_OR_EMPTY(p, field, it.value);
        else if (str_eq(it.key, STR("integrations"))) fine = read_INTEGRATIONS(p, EVENT_integrations, it.value);
        else if (p->unmapped) p->unmapped(p->context, STR("sdk"));
    }
    return fine;
}

static bool read_REVISION(struct parsing *p, int field, struct json value)
{
    (void)p, (void)field;
    return json_type(value) == JSON_STRING;
}

static bool read_BOT_V4(struct parsing *p, int field, struct json value)
{
    static const struct {
        const char *word;
        enum bot bot;
    } words[] = {
        { "not_detected", BOT_NOT_DETECTED },
        { "notDetected", BOT_NOT_DETECTED },
        { "good", BOT_GOOD },
        { "bad", BOT_BAD },
    };
    struct str text;
    if (!json_str(value, &text)) return false;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (!str_eq(text, str_of(words[i].word))) continue;
        event_set(p->ev, (enum event_field)field);
        p->ev->bot = words[i].bot;
        return true;
    }
    return false;
}
#define read_BOT_V3 read_BOT_V4

/* v3 prints an empty one when there is none. */
static bool read_TAG(struct parsing *p, int field, struct json value)
{
    struct str text;
    if (json_type(value) != JSON_OBJECT || packed_json_text(&text, value, p->arena) ||
        text.n > TAG_BYTES_MAX)
        return false;
    if (text.n == strlen("{}") && p->out->form != DIALECT_V4) return true;
    event_set(p->ev, (enum event_field)field);
    p->ev->tag = text;
    return true;
}
#define read_TAG_IF_SET read_TAG
#define read_TAG_BESIDE read_TAG

static bool read_GEOLOCATION(struct parsing *p, int field, struct json value)
{
    (void)field;
    return parse_geolocation(p->ev, value);
}

/* When both families are there, the event's own address says which is meant; so it is read at the
 * end. */
static bool read_IP_INFO(struct parsing *p, int field, struct json value)
{
    (void)p, (void)field;
    return json_type(value) == JSON_OBJECT;
}

static bool read_VELOCITY(struct parsing *p, int field, struct json value)
{
    struct velocity v;
    if (!parse_velocity(&v, value)) return false;
    event_set(p->ev, (enum event_field)field);
    p->ev->velocity = velocity_encode(&v, p->arena);
    return p->ev->velocity.n > 0;
}

static bool read_RAW_ATTRIBUTES(struct parsing *p, int field, struct json value)
{
    struct bytes_out packed;
    (void)field;
    if (json_type(value) != JSON_OBJECT) return false;
    bytes_out_init(&packed, p->arena, 1024);
    if (raw_attributes_pack(&packed, p->out->form, value)) p->out->steady = bytes_out_text(&packed);
    return !packed.failed;
}

/* Of the two only highRecall says something that is not elsewhere in the payload. */
static bool read_SUPPLEMENTARY(struct parsing *p, int field, struct json value)
{
    struct json high, part;
    if (!json_get(value, STR("highRecall"), &high)) return json_type(value) == JSON_OBJECT;
    if (!json_get(high, STR("visitorId"), &part) || !read_VISITOR_ID(p, field, part)) return false;
    if (json_get(high, STR("visitorFound"), &part) && !read_BOOL(p, EVENT_high_recall_found, part))
        return false;
    if (json_get(high, STR("confidence"), &part) && json_get(part, STR("score"), &part) &&
        !read_SCORE(p, EVENT_high_recall_score, part))
        return false;
    for (int last = 0; last < 2; last++) {
        int to = last ? EVENT_high_recall_last_seen_ms : EVENT_high_recall_first_seen_ms;
        if (json_get(high, last ? STR("lastSeenAt") : STR("firstSeenAt"), &part) &&
            json_get(part, STR("subscription"), &part) && json_type(part) != JSON_NULL &&
            !read_ISO(p, to, part))
            return false;
    }
    return true;
}

/* Copies of what stands elsewhere. */
static bool read_STR_BESIDE(struct parsing *p, int field, struct json value)
{
    return event_has(p->ev, (enum event_field)field) || read_STR_OR_EMPTY(p, field, value);
}
#define read_STR_BESIDE_IF_SET read_STR_BESIDE

/* ---- rows ---- */

static const struct row {
    int field;
    read_function *read;
    const char *v4, *v3, *webhook;
} rows[] = {
#define read_BOT_BOOL                      NULL /* FingerprintIQ's alone */
#define read_RISKS                         NULL
#define read_LOCATION_FIQ                  NULL
#define read_IS_KNOWN                      NULL
#define V(member, how, v4, v3, visit, fiq) { EVENT_##member, read_##how, v4, v3, NULL },
#define W(member, how, path)               { EVENT_##member, read_##how, NULL, NULL, path },
#include "event/event_fields.def"
};

/* Paths of the three forms to rows: open addressing. */
enum { SLOTS = 1024, FORMS = 3, WEBHOOK_BYTES_MAX = 96 };
static struct {
    const char *path;
    const struct row *row;
} table[FORMS][SLOTS];
static char webhook_text[COUNT_OF(rows)][WEBHOOK_BYTES_MAX];

static size_t form_index(enum dialect form)
{
    return form == DIALECT_V4 ? 0 : form == DIALECT_V3 ? 1 : 2;
}

static size_t slot_of(size_t form, struct str path)
{
    size_t at = (size_t)str_hash(path, 0) % SLOTS;
    while (table[form][at].path && !str_eq(str_of(table[form][at].path), path))
        at = (at + 1) % SLOTS;
    return at;
}

static void add_path(size_t form, const char *path, const struct row *row)
{
    if (!path || !row->read) return;
    size_t at = slot_of(form, str_of(path));
    table[form][at].path = path;
    table[form][at].row = row;
}

static void prepare(void)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *webhook = rows[i].webhook;
        if (rows[i].v3 && render_webhook_path(webhook_text[i], rows[i].v3))
            webhook = webhook_text[i];
        add_path(0, rows[i].v4, &rows[i]);
        add_path(1, rows[i].v3, &rows[i]);
        add_path(2, webhook, &rows[i]);
    }
}

/* ---- walking ---- */

static bool complain(struct parsing *p, const char *what)
{
    snprintf(p->problem, PARSE_PROBLEM_BYTES, "%.*s%s%s", (int)p->path_bytes, p->path,
             p->path_bytes ? " " : "", what);
    return false;
}

static bool walk(struct parsing *p, struct json object, unsigned depth);

static bool take(struct parsing *p, struct json value, unsigned depth)
{
    size_t form = form_index(p->out->form);
    const struct row *row = table[form][slot_of(form, (struct str){ p->path, p->path_bytes })].row;
    if (json_type(value) == JSON_NULL) return true;
    if (row) return row->read(p, row->field, value) || complain(p, "is not what this field holds");
    if (json_type(value) == JSON_OBJECT && depth < DEPTH_MAX) return walk(p, value, depth + 1);
    leave_unmapped(p);
    return true;
}

static bool walk(struct parsing *p, struct json object, unsigned depth)
{
    size_t before = p->path_bytes;
    bool fine = true;
    for (struct json_each it = json_each(object); fine && json_next(&it);) {
        size_t point = before > 0;
        if (before + point + it.key.n > sizeof p->path) {
            leave_unmapped(p);
            continue;
        }
        if (point) p->path[before] = '.';
        memcpy(p->path + before + point, it.key.p, it.key.n);
        p->path_bytes = before + point + it.key.n;
        fine = take(p, it.value, depth);
        if (fine) p->path_bytes = before;
    }
    return fine;
}

/* ---- the whole ---- */

static bool form_of(struct json root, enum dialect *out)
{
    struct json part;
    if (json_get(root, STR("event_id"), &part)) *out = DIALECT_V4;
    else if (json_get(root, STR("products"), &part)) *out = DIALECT_V3;
    else if (json_get(root, STR("requestId"), &part)) *out = DIALECT_WEBHOOK_V3;
    else return false;
    return true;
}

static void read_ip_info(struct parsing *p, struct json root)
{
    bool v4 = p->out->form == DIALECT_V4;
    struct json info = root;
    if (p->out->form == DIALECT_V3 && (!json_get(info, STR("products"), &info))) return;
    if (!json_get(info, v4 ? STR("ip_info") : STR("ipInfo"), &info)) return;
    if (p->out->form == DIALECT_V3 && !json_get(info, STR("data"), &info)) return;
    parse_ip_info(p->ev, info, v4, p->arena, p->unmapped, p->context);
}

/* v3 prints these for browsers as well, where they mean nothing. */
static void clear_app_facts(struct event *ev)
{
    static const enum event_field of_apps[] = { EVENT_root_apps,       EVENT_emulator,
                                                EVENT_cloned_app,      EVENT_frida,
                                                EVENT_jailbroken,      EVENT_location_spoofing,
                                                EVENT_mitm_attack,     EVENT_remote_control,
                                                EVENT_factory_reset_ms };
    for (size_t i = 0; i < COUNT_OF(of_apps); i++) event_clear(ev, of_apps[i]);
}

/* What a form leaves out because it follows from the rest. */
static void conclude(struct parsing *p)
{
    struct event *ev = p->ev;
    struct velocity v;
    if (event_has(ev, EVENT_edge)) event_clear(ev, EVENT_visitor); /* it is of no device */
    if (p->out->form != DIALECT_V4 && !event_has(ev, EVENT_platform)) clear_app_facts(ev);
    if (!event_has(ev, EVENT_ip_blocklist) &&
        (event_has(ev, EVENT_blocklist_attack) || event_has(ev, EVENT_blocklist_email_spam))) {
        event_set(ev, EVENT_ip_blocklist);
        ev->ip_blocklist = ev->blocklist_attack || ev->blocklist_email_spam;
    }
    if (event_has(ev, EVENT_high_activity) && !event_has(ev, EVENT_daily_requests) &&
        event_has(ev, EVENT_velocity) && velocity_decode(&v, ev->velocity) &&
        velocity_has(&v, VELOCITY_EVENTS, VELOCITY_DAY)) {
        event_set(ev, EVENT_daily_requests);
        ev->daily_requests = v.count[VELOCITY_EVENTS][VELOCITY_DAY];
    }
    event_set(ev, EVENT_match_reasons);
    codes_add(&ev->match_reasons, REASON_IMPORTED);
}

/* An id of six characters behind milliseconds stays what it is; another kind of id gives one that
 * follows from it. */
static bool settle_id(struct parsing *p)
{
    struct event *ev = p->ev;
    if (!p->has_id && !p->foreign_id.n) return complain(p, "has no event id");
    if (p->time_ms < 0 && !p->has_id) return complain(p, "has no time");
    if (!p->has_id) {
        ev->id =
            (struct event_id){ p->time_ms, str_hash(p->foreign_id, 1) % (EVENT_ID_RANDOM_MAX + 1) };
        p->out->id_made = true;
    } else if (p->time_ms >= 0 && p->time_ms != ev->id.time_ms) {
        event_set(ev, EVENT_stated_ms), ev->stated_ms = p->time_ms;
    }
    return true;
}

bool parse_event(struct parsed_event *out, struct json root, struct arena *arena,
                 parse_unmapped *unmapped, void *context, char problem[PARSE_PROBLEM_BYTES])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct parsing p = { .out = out,
                         .ev = &out->event,
                         .arena = arena,
                         .unmapped = unmapped,
                         .context = context,
                         .problem = problem,
                         .time_ms = -1 };
    pthread_once(&once, prepare);
    *out = (struct parsed_event){ .id_made = false };
    problem[0] = 0;
    if (json_type(root) != JSON_OBJECT) return complain(&p, "an event is a JSON object");
    if (!form_of(root, &out->form))
        return complain(
            &p,
            "this is no event: it has neither event_id (v4), nor products (v3), nor requestId (v3 webhook)");
    if (!walk(&p, root, 0) || !settle_id(&p)) return false;
    read_ip_info(&p, root);
    conclude(&p);
    return !arena->failed || complain(&p, "out of memory");
}
