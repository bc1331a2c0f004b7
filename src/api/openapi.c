/* openapi - GET /openapi.json: what is served, as OpenAPI 3.1. Operations stand in the table below; what an event
 * looks like comes from the V rows of event_fields.def, and what can be searched for from its Q rows. Types are
 * those of the ways of printing; a way that is not in the table may be anything. */
#include "api/app.h"

#include "base/json_out.h"

#include <pthread.h>

/* ---- rows ---- */

enum column { COLUMN_V4, COLUMN_V3, COLUMN_VISIT, COLUMN_FIQ, COLUMNS };

static const struct row {
    const char *how;
    const char *path[COLUMNS];
} rows[] = {
#define V(member, how, v4, v3, visit, fiq) { #how, { v4, v3, visit, fiq } },
#include "event/event_fields.def"
};

static const struct filter_row {
    const char *kind, *v3, *v4;
} filters[] = {
#define Q(number, name, kind, member, v3, v4) { #kind, v3, v4 },
#include "event/event_fields.def"
};

/* JSON Schema of a way of printing. */
static const char *schema_of(const char *how)
{
    static const char *const types[][2] = {
        { "STR", "{\"type\":\"string\"}" },
        { "STR_OR_EMPTY", "{\"type\":\"string\"}" },
        { "STR_OR_NULL", "{\"type\":[\"string\",\"null\"]}" },
        { "BOOL", "{\"type\":\"boolean\"}" },
        { "BOOL_OR_NO", "{\"type\":\"boolean\"}" },
        { "BOT_BOOL", "{\"type\":\"boolean\"}" },
        { "NO", "{\"type\":\"boolean\"}" },
        { "INT", "{\"type\":\"integer\"}" },
        { "MS", "{\"type\":\"integer\",\"description\":\"milliseconds since 1970\"}" },
        { "MS_OR_NULL", "{\"type\":[\"integer\",\"null\"],\"description\":\"milliseconds since 1970\"}" },
        { "ISO", "{\"type\":\"string\",\"format\":\"date-time\"}" },
        { "ISO_OR_NULL", "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}" },
        { "SCORE", "{\"type\":\"number\"}" },
        { "SCORE_OR_ZERO", "{\"type\":\"number\"}" },
        { "EVENT_ID", "{\"type\":\"string\"}" },
        { "VISITOR_ID", "{\"type\":\"string\"}" },
        { "ENV_ID", "{\"type\":\"string\",\"pattern\":\"^ae_[0-9a-z]{16}$\"}" },
        { "REVISION", "{\"type\":\"string\"}" },
        { "SOURCE", "{\"enum\":[\"device\",\"edge\"]}" },
        { "BOT_V4", "{\"enum\":[\"not_detected\",\"good\",\"bad\"]}" },
        { "BOT_V3", "{\"enum\":[\"notDetected\",\"good\",\"bad\"]}" },
        { "TAG", "{\"type\":\"object\"}" },
        { "TAG_IF_SET", "{\"type\":\"object\"}" },
        { "RISKS", "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}" },
        { "GEOLOCATION", "{\"type\":\"object\"}" },
        { "IP_INFO", "{\"type\":\"object\"}" },
        { "LOCATION_FIQ", "{\"type\":\"object\"}" },
    };
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (strcmp(types[i][0], how) == 0) return types[i][1];
    return "{}";
}

static size_t parts_of(const char *path)
{
    size_t n = 1;
    for (; *path; path++) n += *path == '.';
    return n;
}

static struct str part_of(const char *path, size_t index)
{
    struct str rest = str_of(path), part = { "", 0 };
    for (size_t i = 0; i <= index; i++) str_split(&rest, '.', &part);
    return part;
}

static void open_object(struct json_out *out, struct str key)
{
    json_out_key_str(out, key);
    json_out_open(out, '{');
    json_out_key(out, "type"), json_out_str(out, STR("object"));
    json_out_key(out, "properties");
    json_out_open(out, '{');
}

static void close_object(struct json_out *out)
{
    json_out_close(out, '}');
    json_out_close(out, '}');
}

/* As render_event walks the rows: objects are opened and closed where a path leaves the one before. */
static void put_event_schema(struct json_out *out, const char *name, enum column column)
{
    const char *last = NULL;
    open_object(out, str_of(name));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *path = rows[i].path[column];
        if (!path || (last && strcmp(last, path) == 0)) continue;
        size_t open = last ? parts_of(last) - 1 : 0, parts = parts_of(path), shared = 0;
        while (shared < open && shared < parts - 1 && str_eq(part_of(last, shared), part_of(path, shared))) shared++;
        for (; open > shared; open--) close_object(out);
        for (; open < parts - 1; open++) open_object(out, part_of(path, open));
        json_out_key_str(out, part_of(path, parts - 1));
        json_out_value(out, str_of(schema_of(rows[i].how)));
        last = path;
    }
    for (size_t open = last ? parts_of(last) - 1 : 0; open > 0; open--) close_object(out);
    close_object(out);
}

/* ---- operations ---- */

enum auth { AUTH_NONE, AUTH_BEARER, AUTH_V3, AUTH_FIQ };
enum filter_set { SEARCH_NONE, SEARCH_V3, SEARCH_V4 };

static const struct operation {
    const char *method, *path, *id, *tag, *summary;
    enum auth auth;
    const char *answer; /* name of a schema, or NULL: an empty body or one that stands for itself */
    const char *query;  /* names separated by one blank */
    enum filter_set search;
    const char *body; /* an example */
} operations[] = {
    { "get", "/v4/events/{event_id}", "v4GetEvent", "v4", "One event", AUTH_BEARER, "EventV4", "ruleset_id",
      SEARCH_NONE, NULL },
    { "patch", "/v4/events/{event_id}", "v4UpdateEvent", "v4", "Change what is yours of an event", AUTH_BEARER, NULL,
      "", SEARCH_NONE, "{\"suspect\": true, \"linked_id\": \"order-1\", \"tags\": {\"shop\": 1}}" },
    { "get", "/v4/events", "v4SearchEvents", "v4", "Search events", AUTH_BEARER, NULL,
      "limit pagination_key start end reverse total_hits", SEARCH_V4, NULL },
    { "delete", "/v4/visitors/{visitor_id}", "v4DeleteVisitor", "v4", "Delete a visitor with all its events",
      AUTH_BEARER, NULL, "", SEARCH_NONE, NULL },
    { "post", "/v4/edge", "v4Edge", "v4", "Who is behind a request that your server received", AUTH_BEARER, "EventV4",
      "", SEARCH_NONE,
      "{\"headers\": [{\"name\": \"User-Agent\", \"value\": \"curl/8.0\"}], \"method\": \"GET\", "
      "\"url\": \"https://shop.example/\", \"ipv4_address\": \"192.0.2.7\"}" },
    { "get", "/events/{request_id}", "v3GetEvent", "v3", "One event", AUTH_V3, "EventV3", "", SEARCH_NONE, NULL },
    { "put", "/events/{request_id}", "v3UpdateEvent", "v3", "Change what is yours of an event", AUTH_V3, NULL, "",
      SEARCH_NONE, "{\"suspect\": true, \"linkedId\": \"order-1\", \"tag\": {\"shop\": 1}}" },
    { "get", "/events/search", "v3SearchEvents", "v3", "Search events", AUTH_V3, NULL,
      "limit pagination_key start end reverse", SEARCH_V3, NULL },
    { "get", "/visitors/{visitor_id}", "v3GetVisits", "v3", "A visitor's visits", AUTH_V3, NULL,
      "request_id linked_id limit paginationKey before", SEARCH_NONE, NULL },
    { "delete", "/visitors/{visitor_id}", "v3DeleteVisitor", "v3", "Delete a visitor with all its events", AUTH_V3,
      NULL, "", SEARCH_NONE, NULL },
    { "get", "/related-visitors", "v3GetRelatedVisitors", "v3", "Visitors of the same mobile device", AUTH_V3, NULL,
      "visitor_id", SEARCH_NONE, NULL },
    { "post", "/v1/identify", "fiqIdentify", "FingerprintIQ", "Identify a browser", AUTH_FIQ, "EventFiq", "",
      SEARCH_NONE, "{\"signals\": {}, \"timestamp\": 0}" },
    { "get", "/v1/events/{request_id}", "fiqGetEvent", "FingerprintIQ", "One event with its signals", AUTH_BEARER,
      "EventFiq", "", SEARCH_NONE, NULL },
    { "get", "/v1/identify/{visitor_id}", "fiqGetVisitor", "FingerprintIQ", "A visitor as last seen", AUTH_FIQ,
      "EventFiq", "", SEARCH_NONE, NULL },
    { "get", "/v1/demo/visits/{visitor_id}", "fiqGetVisits", "FingerprintIQ", "A visitor's latest visits", AUTH_FIQ,
      NULL, "", SEARCH_NONE, NULL },
    { "post", "/v1/identify/wallet-link", "fiqLinkWallets", "FingerprintIQ", "Link wallets to a visitor", AUTH_FIQ,
      NULL, "", SEARCH_NONE, "{\"visitorId\": \"\", \"walletAddresses\": []}" },
    { "post", "/v1/sentinel/inspect", "fiqInspect", "FingerprintIQ", "What kind of program sent a request", AUTH_FIQ,
      NULL, "", SEARCH_NONE, "{\"userAgent\": \"curl/8.0\", \"headers\": {\"accept\": \"*/*\"}}" },
    { "post", "/v1/pulse/identify", "fiqPulseIdentify", "FingerprintIQ", "Name a machine", AUTH_FIQ, NULL, "",
      SEARCH_NONE, "{\"fingerprintHash\": \"\"}" },
    { "post", "/v1/pulse/event", "fiqPulseEvent", "FingerprintIQ", "Count events of a tool", AUTH_FIQ, NULL, "",
      SEARCH_NONE, "{\"machineId\": null, \"events\": []}" },
    { "get", "/healthz", "healthz", "server", "Is the process alive?", AUTH_NONE, NULL, "", SEARCH_NONE, NULL },
    { "get", "/readyz", "readyz", "server", "Does it take requests, and which data is missing?", AUTH_NONE, NULL, "",
      SEARCH_NONE, NULL },
};

static void put_parameter(struct json_out *out, struct str name, const char *in, const char *schema)
{
    json_out_open(out, '{');
    json_out_key(out, "name"), json_out_str(out, name);
    json_out_key(out, "in"), json_out_str(out, str_of(in));
    if (in[0] == 'p') json_out_key(out, "required"), json_out_bool(out, true);
    json_out_key(out, "schema"), json_out_value(out, str_of(schema));
    json_out_close(out, '}');
}

static const char *schema_of_filter(const char *kind)
{
    if (strcmp(kind, "BOOL") == 0 || strcmp(kind, "NOT_ZERO") == 0) return "{\"type\":\"boolean\"}";
    if (strcmp(kind, "ABOVE") == 0) return "{\"type\":\"number\"}";
    return "{\"type\":\"string\"}";
}

/* Two facets may be filtered by one parameter. */
static bool is_repeated(size_t at, bool v4)
{
    const char *name = v4 ? filters[at].v4 : filters[at].v3;
    for (size_t i = 0; i < at; i++) {
        const char *before = v4 ? filters[i].v4 : filters[i].v3;
        if (before && strcmp(before, name) == 0) return true;
    }
    return false;
}

static void put_parameters(struct json_out *out, const struct operation *op)
{
    json_out_key(out, "parameters");
    json_out_open(out, '[');
    const char *from = strchr(op->path, '{');
    if (from) put_parameter(out, (struct str){ from + 1, strlen(from) - 2 }, "path", "{\"type\":\"string\"}");
    struct str rest = str_of(op->query), name;
    while (rest.n && str_split(&rest, ' ', &name)) put_parameter(out, name, "query", "{\"type\":\"string\"}");
    for (size_t i = 0; i < COUNT_OF(filters) && op->search; i++) {
        bool v4 = op->search == SEARCH_V4;
        const char *filter = v4 ? filters[i].v4 : filters[i].v3;
        if (!filter || is_repeated(i, v4)) continue;
        put_parameter(out, str_of(filter), "query", schema_of_filter(filters[i].kind));
    }
    json_out_close(out, ']');
}

static void put_json_content(struct json_out *out, const char *schema, const char *example)
{
    json_out_key(out, "content");
    json_out_open(out, '{');
    json_out_key(out, "application/json");
    json_out_open(out, '{');
    json_out_key(out, "schema"), json_out_value(out, str_of(schema));
    if (example) json_out_key(out, "example"), json_out_value(out, str_of(example));
    json_out_close(out, '}');
    json_out_close(out, '}');
}

static void put_answers(struct json_out *out, const struct operation *op, struct arena *arena)
{
    static const char *const errors[] = { [AUTH_BEARER] = "ErrorV4", [AUTH_V3] = "ErrorV3", [AUTH_FIQ] = "ErrorPlain" };
    const char *error = op->auth == AUTH_BEARER && strcmp(op->tag, "v4") != 0 ? "ErrorPlain" : errors[op->auth];
    json_out_key(out, "responses");
    json_out_open(out, '{');
    json_out_key(out, "200");
    json_out_open(out, '{');
    json_out_key(out, "description"), json_out_str(out, STR("done"));
    if (op->answer)
        put_json_content(out, arena_format(arena, "{\"$ref\":\"#/components/schemas/%s\"}", op->answer).p, NULL);
    json_out_close(out, '}');
    if (error) {
        json_out_key(out, "default");
        json_out_open(out, '{');
        json_out_key(out, "description"), json_out_str(out, STR("refused, with the reason"));
        put_json_content(out, arena_format(arena, "{\"$ref\":\"#/components/schemas/%s\"}", error).p, NULL);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

static void put_operation(struct json_out *out, const struct operation *op, struct arena *arena)
{
    static const char *const schemes[] = { [AUTH_BEARER] = "bearer", [AUTH_V3] = "authApiKey", [AUTH_FIQ] = "xApiKey" };
    json_out_key(out, op->method);
    json_out_open(out, '{');
    json_out_key(out, "operationId"), json_out_str(out, str_of(op->id));
    json_out_key(out, "tags");
    json_out_open(out, '['), json_out_str(out, str_of(op->tag)), json_out_close(out, ']');
    json_out_key(out, "summary"), json_out_str(out, str_of(op->summary));
    json_out_key(out, "security");
    json_out_open(out, '[');
    if (schemes[op->auth]) json_out_value(out, arena_format(arena, "{\"%s\":[]}", schemes[op->auth]));
    json_out_close(out, ']');
    put_parameters(out, op);
    if (op->body) {
        json_out_key(out, "requestBody");
        json_out_open(out, '{');
        put_json_content(out, "{\"type\":\"object\"}", op->body);
        json_out_close(out, '}');
    }
    put_answers(out, op, arena);
    json_out_close(out, '}');
}

/* Rows of one path need not stand together: its operations are put where it comes first. */
static void put_paths(struct json_out *out, struct arena *arena)
{
    json_out_key(out, "paths");
    json_out_open(out, '{');
    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++) first &= strcmp(operations[k].path, operations[i].path) != 0;
        if (!first) continue;
        json_out_key(out, operations[i].path);
        json_out_open(out, '{');
        for (size_t k = i; k < COUNT_OF(operations); k++)
            if (strcmp(operations[k].path, operations[i].path) == 0) put_operation(out, &operations[k], arena);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

#define CODED(name)                                                                                 \
    "\"" name "\":{\"type\":\"object\",\"required\":[\"error\"],\"properties\":{\"error\":{\"type\":\"object\"," \
    "\"required\":[\"code\",\"message\"],\"properties\":{\"code\":{\"type\":\"string\"},\"message\":{\"type\":"  \
    "\"string\"}}}}}"

static struct str write_document(struct arena *arena)
{
    struct json_out out;
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    json_out_key(&out, "openapi"), json_out_str(&out, STR("3.1.0"));
    json_out_key(&out, "info");
    json_out_value(&out, STR("{\"title\":\"whorl\",\"version\":\"1\",\"description\":"
                             "\"docs/api.md has what was decided where the dialects are silent.\"}"));
    put_paths(&out, arena);
    json_out_key(&out, "components");
    json_out_open(&out, '{');
    json_out_key(&out, "securitySchemes");
    json_out_value(&out,
                   STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
                       "\"authApiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Auth-API-Key\"},"
                       "\"xApiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}}"));
    json_out_key(&out, "schemas");
    json_out_open(&out, '{');
    put_event_schema(&out, "EventV4", COLUMN_V4);
    put_event_schema(&out, "EventV3", COLUMN_V3);
    put_event_schema(&out, "VisitV3", COLUMN_VISIT);
    put_event_schema(&out, "EventFiq", COLUMN_FIQ);
    json_out_raw(&out, STR("," CODED("ErrorV4") "," CODED("ErrorV3") ","
                           "\"ErrorPlain\":{\"type\":\"object\",\"required\":[\"error\"],"
                           "\"properties\":{\"error\":{\"type\":\"string\"}}}"));
    json_out_close(&out, '}');
    json_out_close(&out, '}');
    json_out_close(&out, '}');
    return json_out_text(&out);
}

static struct str document;

/* Once; it lives as long as the process. */
static void prepare(void)
{
    static struct arena arena;
    arena_init(&arena, 4 * 1024 * 1024);
    document = write_document(&arena);
}

void openapi_get(struct app *app, struct request *req, struct str tail)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct reply reply = reply_to(req);
    (void)app, (void)tail;
    pthread_once(&once, prepare);
    reply_header(&reply, "Access-Control-Allow-Origin", STR("*"));
    if (document.n) reply_json(&reply, 200, document);
    else reply_error(&reply, ERR_NO_MEMORY, NULL);
}
