/* pulse - see pulse.h. A machine is told by the hash that its SDK makes of it, within the workspace; nothing of it
 * is kept, and of events their number only, since no interface reads them. */
#include "api/pulse.h"

#include "api/app.h"
#include "base/crypto.h"
#include "base/metrics.h"

static bool either(struct json root, const char *camel, const char *snake, struct json *out)
{
    return json_get(root, str_of(camel), out) || json_get(root, str_of(snake), out);
}

enum err pulse_machine_read(struct str *hash, struct json root, const char **problem)
{
    struct json v;
    *problem = "fingerprintHash must be 64 hex digits";
    if (!either(root, "fingerprintHash", "fingerprint_hash", &v) || !json_str(v, hash) || hash->n != 64)
        return ERR_MALFORMED;
    for (size_t i = 0; i < hash->n; i++)
        if (hex_digit(hash->p[i]) < 0) return ERR_MALFORMED;
    *problem = NULL;
    return ERR_OK;
}

enum err pulse_events_read(size_t *accepted, size_t *refused, struct json root, const char **problem)
{
    struct json v, events;
    struct str command;
    double time;
    *accepted = *refused = 0;
    *problem = "events must be an array of at most 1000";
    if (!json_get(root, STR("events"), &events) || json_type(events) != JSON_ARRAY) return ERR_MALFORMED;
    for (struct json_each it = json_each(events); json_next(&it);) {
        bool good = json_get(it.value, STR("command"), &v) && json_str(v, &command) && command.n > 0 &&
                    json_get(it.value, STR("timestamp"), &v) && json_double(v, &time);
        ++*(good ? accepted : refused);
        if (*accepted + *refused > PULSE_EVENTS_MAX) return ERR_MALFORMED;
    }
    *problem = NULL;
    return ERR_OK;
}

static enum err read_body(struct app *app, struct request *req, const struct api_key **key, struct json *root,
                          const char **problem)
{
    struct json_parser *parser = app->parser[loop_index(req->loop)];
    enum err e = auth_fiq(app, req, key);
    if (!e && (e = json_parse(parser, req->body, root))) *problem = json_parse_problem(parser);
    return e;
}

void fiq_pulse_identify(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    const char *problem = NULL;
    struct json_out out;
    struct json root;
    struct str hash;
    (void)tail;
    enum err e = read_body(app, req, &key, &root, &problem);
    if (!e) e = pulse_machine_read(&hash, root, &problem);
    if (e) {
        reply_error(&reply, e, problem);
        return;
    }
    uint8_t digest[SHA256_BYTES];
    char hex[2 * SHA256_BYTES];
    crypto_sha256(digest, arena_format(req->arena, "pulse|%u|%.*s", (unsigned)key->workspace, STR_ARG(hash)));
    hex_encode(hex, digest, sizeof digest);
    metric_add(METRIC_pulse_machines_total, 1);
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "machineId"), json_out_str(&out, arena_format(req->arena, "mach_%.32s", hex));
    json_out_close(&out, '}');
    reply_json(&reply, 200, json_out_text(&out));
}

void fiq_pulse_event(struct app *app, struct request *req, struct str tail)
{
    struct reply reply = reply_to(req);
    const struct api_key *key;
    const char *problem = NULL;
    struct json_out out;
    struct json root;
    size_t accepted, refused;
    (void)tail;
    enum err e = read_body(app, req, &key, &root, &problem);
    if (!e) e = pulse_events_read(&accepted, &refused, root, &problem);
    if (e) {
        reply_error(&reply, e, problem);
        return;
    }
    metric_add(METRIC_pulse_events_total, (int64_t)accepted);
    json_out_init(&out, req->arena);
    json_out_open(&out, '{');
    json_out_key(&out, "accepted"), json_out_int(&out, (int64_t)accepted);
    if (refused) json_out_key(&out, "refused"), json_out_int(&out, (int64_t)refused);
    json_out_close(&out, '}');
    reply_json(&reply, 200, json_out_text(&out));
}
