/* openapi - GET /openapi.json: what is served, as OpenAPI 3.1. Operations stand in the table below; what an event
 * looks like and what can be searched for comes from event_fields.def (openapi_event.c), codes of errors from
 * errors.def, and the other shapes from data/openapi/schemas.json. */
#include "api/app.h"

#include "api/assets.h"
#include "api/openapi_event.h"
#include "base/json_out.h"

#include <assert.h>
#include <pthread.h>

/* ---- operations ---- */

static const struct operation {
    const char *method, *path, *id, *tag, *summary;
    const char *auth;    /* a security scheme, or NULL */
    int status;          /* of the answer; 0: 200 */
    const char *answer;  /* name of a schema, or NULL: no body */
    const char *refusal; /* the same, of every other status; NULL: none */
    const char *query;   /* names separated by one blank, of the table of parameters; NULL: none */
    bool search;         /* and the dialect's filters */
    const char *request; /* name of the body's schema, or NULL: no body */
    const char *example; /* of the body */
} operations[] = {
#define V4 .tag = "v4", .auth = "bearer", .refusal = "ErrorV4"
    { "get", "/v4/events/{event_id}", "v4GetEvent", V4, .summary = "One event", .answer = "EventOrEdgeV4",
      .query = "ruleset_id" },
    { "patch", "/v4/events/{event_id}", "v4UpdateEvent", V4, .summary = "Change what is yours of an event",
      .request = "UpdateV4", .example = "{\"suspect\":true,\"linked_id\":\"order-1\",\"tags\":{\"shop\":1}}" },
    { "get", "/v4/events", "v4SearchEvents", V4, .summary = "Search events", .answer = "SearchV4",
      .query = "limit pagination_key start end reverse total_hits", .search = true },
    { "delete", "/v4/visitors/{visitor_id}", "v4DeleteVisitor", V4,
      .summary = "Delete a visitor with all its events" },
    { "post", "/v4/edge", "v4Edge", V4, .summary = "Who is behind a request that your server received",
      .answer = "EdgeV4", .request = "EdgeRequestV4",
      .example = "{\"headers\":[{\"name\":\"User-Agent\",\"value\":\"curl/8.0\"}],\"method\":\"GET\","
                 "\"url\":\"https://shop.example/\",\"ipv4_address\":\"192.0.2.7\"}" },
#define V3 .tag = "v3", .auth = "authApiKey", .refusal = "ErrorV3"
    { "get", "/events/{request_id}", "v3GetEvent", V3, .summary = "One event", .answer = "EventV3" },
    { "put", "/events/{request_id}", "v3UpdateEvent", V3, .summary = "Change what is yours of an event",
      .request = "UpdateV3", .example = "{\"suspect\":true,\"linkedId\":\"order-1\",\"tag\":{\"shop\":1}}" },
    { "get", "/events/search", "v3SearchEvents", V3, .summary = "Search events", .answer = "SearchV3",
      .query = "limit pagination_key start end reverse", .search = true },
    { "get", "/visitors/{visitor_id}", "v3GetVisits", .tag = "v3", .auth = "authApiKey", .refusal = "ErrorPlain",
      .summary = "A visitor's visits", .answer = "VisitsV3",
      .query = "request_id linked_id limit paginationKey before" },
    { "delete", "/visitors/{visitor_id}", "v3DeleteVisitor", V3, .summary = "Delete a visitor with all its events" },
    { "get", "/related-visitors", "v3GetRelatedVisitors", V3, .summary = "Visitors of the same mobile device",
      .answer = "RelatedVisitorsV3", .query = "visitor_id" },
#define FIQ .tag = "FingerprintIQ", .auth = "xApiKey", .refusal = "ErrorFiq"
    { "get", "/v1/bootstrap", "fiqBootstrap", .tag = "FingerprintIQ", .status = 204,
      .summary = "What the browser SDK asks first", .refusal = "ErrorFiq" },
    { "post", "/v1/identify", "fiqIdentify", .tag = "FingerprintIQ", .auth = "xApiKey", .refusal = "ErrorIdentify",
      .summary = "Identify a browser", .answer = "IdentifyAnswer", .request = "IdentifyRequestFiq",
      .example = "{\"signals\":{},\"timestamp\":0}" },
    { "get", "/v1/events/{request_id}", "fiqGetEvent", .tag = "FingerprintIQ", .auth = "bearer",
      .refusal = "ErrorFiq", .summary = "One event with its signals", .answer = "EventFiq" },
    { "get", "/v1/identify/{visitor_id}", "fiqGetVisitor", FIQ, .summary = "A visitor as last seen",
      .answer = "VisitorFiq" },
    { "get", "/v1/demo/visits/{visitor_id}", "fiqGetVisits", FIQ, .summary = "A visitor's latest visits",
      .answer = "VisitsFiq" },
    { "post", "/v1/identify/wallet-link", "fiqLinkWallets", FIQ, .summary = "Link wallets to a visitor",
      .answer = "LinkedFiq", .request = "WalletsFiq",
      .example = "{\"visitorId\":\"\",\"walletAddresses\":[\"0x0000000000000000000000000000000000000000\"]}" },
    { "post", "/v1/sentinel/inspect", "fiqInspect", FIQ, .summary = "What kind of program sent a request",
      .answer = "CallerFiq", .request = "InspectFiq",
      .example = "{\"userAgent\":\"curl/8.0\",\"headers\":{\"accept\":\"*/*\"},\"method\":\"GET\",\"path\":\"/\"}" },
    { "post", "/v1/pulse/identify", "fiqPulseIdentify", FIQ, .summary = "Name a machine", .answer = "MachineIdFiq",
      .request = "MachineFiq",
      .example = "{\"fingerprintHash\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}" },
    { "post", "/v1/pulse/event", "fiqPulseEvent", FIQ, .summary = "Count events of a tool", .answer = "AcceptedFiq",
      .request = "ToolEventsFiq",
      .example = "{\"machineId\":null,\"tool\":\"my-cli\",\"toolVersion\":\"1.0.0\","
                 "\"events\":[{\"command\":\"deploy\",\"timestamp\":1764000000000}]}" },
#define MANAGEMENT .tag = "management", .auth = "bearer", .refusal = "ErrorFiq"
    { "get", "/v1/deletions", "listDeletions", MANAGEMENT, .summary = "Receipts of deletions, newest first",
      .answer = "Deletions", .query = "limit visitor_id" },
    { "get", "/v1/usage", "getUsage", MANAGEMENT, .summary = "Identifications of this month", .answer = "Usage" },
    { "get", "/v1/weights", "getWeights", MANAGEMENT, .summary = "What each signal adds to the suspect score",
      .answer = "Weights", .query = "environment" },
    { "patch", "/v1/weights", "changeWeights", MANAGEMENT, .summary = "Change what signals add to the suspect score",
      .answer = "Weights", .query = "environment", .request = "WeightChanges", .example = "{\"bot\":20,\"tor\":null}" },
    { "get", "/healthz", "healthz", "server", "Is the process alive?", .answer = "Alive" },
    { "get", "/readyz", "readyz", "server", "Does it take requests, and which data is missing?", .answer = "Ready",
      .refusal = "NotReady" },
};

/* ---- parameters ---- */

#define TEXT "{\"type\":\"string\"}"
#define MS "{\"type\":\"integer\",\"minimum\":0,\"description\":\"milliseconds since 1970\"}"
#define MS_OR_RFC3339 \
    "{\"type\":\"string\",\"description\":\"RFC 3339, or milliseconds since 1970\"," \
    "\"examples\":[\"2026-01-01T00:00:00Z\"]}"

/* The first row with the name, and the operation's tag unless that is NULL. */
static const struct parameter {
    const char *tag, *operation, *name, *schema;
    bool required;
} parameters[] = {
    { "v4", NULL, "limit", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":10}", false },
    { "v4", NULL, "total_hits", "{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000}", false },
    { "v4", NULL, "start", MS_OR_RFC3339, false },
    { "v4", NULL, "end", MS_OR_RFC3339, false },
    { NULL, "listDeletions", "limit",
      "{\"type\":\"integer\",\"minimum\":1,\"maximum\":1000,\"default\":100}", false },
    { NULL, "listDeletions", "visitor_id", TEXT, false },
    { NULL, "v3GetVisits", "limit", "{\"type\":\"integer\",\"minimum\":0,\"default\":100}", false },
    { NULL, "v3GetVisits", "before", MS, false },
    { NULL, "v3GetVisits", "linked_id", TEXT, false },
    { NULL, "v3GetRelatedVisitors", "visitor_id", TEXT, true },
    { "v3", NULL, "limit", "{\"type\":\"integer\",\"minimum\":1}", true },
    { "v3", NULL, "start", MS, false },
    { "v3", NULL, "end", MS, false },
    { NULL, NULL, "reverse", "{\"type\":\"boolean\"}", false },
    { NULL, NULL, "pagination_key", TEXT, false },
    { NULL, NULL, "paginationKey", TEXT, false },
    { NULL, NULL, "request_id", TEXT, false },
    { NULL, NULL, "ruleset_id", TEXT, false },
    { NULL, NULL, "environment", "{\"type\":\"string\",\"default\":\"default\"}", false },
};

static const struct parameter *find_parameter(const struct operation *op, struct str name)
{
    const struct parameter *found = NULL;
    for (size_t i = 0; i < COUNT_OF(parameters) && !found; i++) {
        const struct parameter *p = &parameters[i];
        if ((!p->tag || strcmp(p->tag, op->tag) == 0) && (!p->operation || strcmp(p->operation, op->id) == 0) &&
            str_eq(name, str_of(p->name)))
            found = p;
    }
    assert(found); /* every name that an operation has is in the table */
    return found;
}

static void put_parameter(struct json_out *out, struct str name, const char *in, bool required, const char *schema)
{
    json_out_open(out, '{');
    json_out_key(out, "name"), json_out_str(out, name);
    json_out_key(out, "in"), json_out_str(out, str_of(in));
    if (required) json_out_key(out, "required"), json_out_bool(out, true);
    json_out_key(out, "schema"), json_out_value(out, str_of(schema));
    json_out_close(out, '}');
}

static void put_parameters(struct json_out *out, const struct operation *op)
{
    json_out_key(out, "parameters");
    json_out_open(out, '[');
    const char *from = strchr(op->path, '{');
    if (from) put_parameter(out, (struct str){ from + 1, strlen(from) - 2 }, "path", true, TEXT);
    struct str rest = str_of(op->query ? op->query : ""), name;
    while (rest.n && str_split(&rest, ' ', &name)) {
        const struct parameter *p = find_parameter(op, name);
        put_parameter(out, name, "query", p->required, p->schema);
    }
    if (op->search) openapi_put_filters(out, strcmp(op->tag, "v4") == 0 ? DIALECT_V4 : DIALECT_V3);
    json_out_close(out, ']');
}

/* ---- operations, printed ---- */

static void put_json_content(struct json_out *out, const char *schema, const char *example)
{
    char text[96];
    int n = snprintf(text, sizeof text, "{\"$ref\":\"#/components/schemas/%s\"}", schema);
    json_out_key(out, "content");
    json_out_open(out, '{');
    json_out_key(out, "application/json");
    json_out_open(out, '{');
    json_out_key(out, "schema"), json_out_value(out, (struct str){ text, (size_t)n });
    if (example) json_out_key(out, "example"), json_out_value(out, str_of(example));
    json_out_close(out, '}');
    json_out_close(out, '}');
}

static void put_answer(struct json_out *out, const char *status, const char *description, const char *schema)
{
    json_out_key(out, status);
    json_out_open(out, '{');
    json_out_key(out, "description"), json_out_str(out, str_of(description));
    if (schema) put_json_content(out, schema, NULL);
    json_out_close(out, '}');
}

static void put_operation(struct json_out *out, const struct operation *op)
{
    char status[12];
    snprintf(status, sizeof status, "%d", op->status ? op->status : 200);
    json_out_key(out, op->method);
    json_out_open(out, '{');
    json_out_key(out, "operationId"), json_out_str(out, str_of(op->id));
    json_out_key(out, "tags");
    json_out_open(out, '['), json_out_str(out, str_of(op->tag)), json_out_close(out, ']');
    json_out_key(out, "summary"), json_out_str(out, str_of(op->summary));
    json_out_key(out, "security");
    json_out_open(out, '[');
    if (op->auth) {
        json_out_open(out, '{');
        json_out_key(out, op->auth), json_out_value(out, STR("[]"));
        json_out_close(out, '}');
    }
    json_out_close(out, ']');
    put_parameters(out, op);
    if (op->request) {
        json_out_key(out, "requestBody");
        json_out_open(out, '{');
        json_out_key(out, "required"), json_out_bool(out, true);
        put_json_content(out, op->request, op->example);
        json_out_close(out, '}');
    }
    json_out_key(out, "responses");
    json_out_open(out, '{');
    put_answer(out, status, op->answer ? "done" : "done, without a body", op->answer);
    if (op->refusal) put_answer(out, "default", "refused, with the reason", op->refusal);
    json_out_close(out, '}');
    json_out_close(out, '}');
}

/* Rows of one path need not stand together: its operations are put where it comes first. */
static void put_paths(struct json_out *out)
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
            if (strcmp(operations[k].path, operations[i].path) == 0) put_operation(out, &operations[k]);
        json_out_close(out, '}');
    }
    json_out_close(out, '}');
}

/* ---- schemas ---- */

static const struct coded { const char *v3, *v4; } coded[] = {
#define E(name, status, v3, v4, message, v4_message) { v3, v4 },
#include "base/errors.def"
#undef E
};

static const char *code_at(size_t i, bool v4)
{
    return v4 ? coded[i].v4 : coded[i].v3;
}

/* {"error": {"code", "message"}}, with every code that a row of errors.def has. */
static void put_error(struct json_out *out, const char *name, bool v4)
{
    json_out_key(out, name);
    json_out_open(out, '{');
    json_out_raw(out, STR("\"type\":\"object\",\"additionalProperties\":false,\"required\":[\"error\"],"
                          "\"properties\":{\"error\":{\"type\":\"object\",\"additionalProperties\":false,"
                          "\"required\":[\"code\",\"message\"],\"properties\":{\"message\":{\"type\":\"string\"},"
                          "\"code\":{\"enum\":"));
    json_out_open(out, '[');
    for (size_t i = 0; i < COUNT_OF(coded); i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++) first &= strcmp(code_at(k, v4), code_at(i, v4)) != 0;
        if (first) json_out_str(out, str_of(code_at(i, v4)));
    }
    json_out_close(out, ']');
    json_out_raw(out, STR("}}}}"));
    json_out_close(out, '}');
}

static struct str shapes(void)
{
    const struct asset *found = NULL;
    for (size_t i = 0; i < assets_count; i++)
        if (strcmp(assets[i].name, "openapi/schemas.json") == 0) found = &assets[i];
    assert(found);
    return (struct str){ (const char *)found->bytes, found->n };
}

#define MEMBER(name, schema) "\"" name "\":{\"$ref\":\"#/components/schemas/" schema "\"}"

static void put_schemas(struct json_out *out)
{
    json_out_key(out, "schemas");
    json_out_open(out, '{');
    openapi_put_event(out, "EventV4", DIALECT_V4, false, MEMBER("rule_action", "RuleAction"));
    openapi_put_event(out, "EdgeV4", DIALECT_V4, true, MEMBER("rule_action", "RuleAction"));
    openapi_put_event(out, "EventV3", DIALECT_V3, false, NULL);
    openapi_put_event(out, "VisitV3", DIALECT_VISIT, false, NULL);
    openapi_put_event(out, "IdentifyFiq", DIALECT_FIQ, false,
                      "\"token\":{\"type\":\"string\",\"description\":\"for our own agent, in local storage\"},"
                      "\"extended\":{\"type\":\"object\"},\"sealedResult\":{\"type\":\"string\"},"
                      MEMBER("sybilRisk", "SybilRisk") "," MEMBER("web3", "Web3"));
    openapi_put_event(out, "EventFiq", DIALECT_FIQ, false,
                      "\"linkedId\":{\"type\":\"string\"},\"url\":{\"type\":\"string\"},"
                      "\"referrer\":{\"type\":\"string\"},\"tag\":{},\"suspect\":{\"type\":\"boolean\"},"
                      MEMBER("reasons", "ReasonsFiq") "," MEMBER("words", "WordsFiq") ","
                      MEMBER("identification", "IdentificationFiq") ","
                      MEMBER("signals", "SignalsFiq"));
    openapi_put_event(out, "VisitorFiq", DIALECT_FIQ, false,
                      "\"firstSeen\":{\"type\":\"integer\"},\"lastSeen\":{\"type\":\"integer\"},"
                      "\"visitsCount\":{\"type\":\"integer\"}");
    openapi_put_event(out, "ServerFiq", DIALECT_FIQ_SERVER, false, NULL);
    openapi_put_raw_attributes(out);
    put_error(out, "ErrorV4", true);
    put_error(out, "ErrorV3", false);
    struct str text = shapes();
    json_out_value(out, str_sub(text, 1, text.n - 1)); /* the members without their braces */
    json_out_close(out, '}');
}

static struct str write_document(struct arena *arena)
{
    struct json_out out;
    json_out_init(&out, arena);
    json_out_open(&out, '{');
    json_out_key(&out, "openapi"), json_out_str(&out, STR("3.1.0"));
    json_out_key(&out, "info");
    json_out_value(&out, STR("{\"title\":\"whorl\",\"version\":\"1\",\"description\":"
                             "\"docs/api.md has what was decided where the dialects are silent.\"}"));
    put_paths(&out);
    json_out_key(&out, "components");
    json_out_open(&out, '{');
    json_out_key(&out, "securitySchemes");
    json_out_value(&out,
                   STR("{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\"},"
                       "\"authApiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"Auth-API-Key\"},"
                       "\"xApiKey\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-API-Key\"}}"));
    put_schemas(&out);
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
