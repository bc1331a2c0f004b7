/* mobile - see mobile.h. */
#include "identify/identify.h"

#include <math.h>

enum { APP_NAME_BYTES_MAX = 255, HARDWARE_ID_BYTES_MIN = 16, HARDWARE_ID_BYTES_MAX = 128 };

static enum err refuse(const char **problem, const char *text)
{
    *problem = text;
    return ERR_MALFORMED;
}

static bool read_text(struct json object, const char *key, struct arena *arena, struct str *out)
{
    struct json v;
    if (!json_get(object, str_of(key), &v) || json_type(v) == JSON_NULL) return true;
    if (!json_str(v, out)) return false;
    *out = arena_copy(arena, *out);
    return true;
}

/* What apps are called in both stores: letters, digits, points, hyphens, underscores. */
static bool is_app_name(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                  c == '-' || c == '_';
        if (!ok) return false;
    }
    return s.n > 0 && s.n <= APP_NAME_BYTES_MAX;
}

static enum err read_location(struct mobile_facts *out, struct json root, const char **problem)
{
    struct json location, v;
    if (!json_get(root, STR("location"), &location) || json_type(location) == JSON_NULL) return ERR_OK;
    if (json_type(location) != JSON_OBJECT) return refuse(problem, "location must be an object");
    struct { const char *key; double *value; } numbers[] = {
        { "latitude", &out->latitude }, { "longitude", &out->longitude }, { "accuracyM", &out->accuracy_m }
    };
    for (size_t i = 0; i < COUNT_OF(numbers); i++)
        if (!json_get(location, str_of(numbers[i].key), &v) || !json_double(v, numbers[i].value))
            return refuse(problem, "location needs the numbers latitude, longitude and accuracyM");
    if (!(fabs(out->latitude) <= 90 && fabs(out->longitude) <= 180 && out->accuracy_m > 0))
        return refuse(problem, "location is out of range: latitude within 90, longitude within 180 degrees, "
                               "accuracyM above 0");
    if (json_get(location, STR("mock"), &v) && json_type(v) != JSON_NULL) {
        out->has_mock = json_bool(v, &out->mock);
        if (!out->has_mock) return refuse(problem, "location.mock must be true or false");
    }
    out->has_location = true;
    return ERR_OK;
}

static bool is_right(struct json v, enum signal_kind kind)
{
    if (json_type(v) == JSON_NULL) return true;
    switch (kind) {
    case SIGNAL_TEXT: return json_type(v) == JSON_STRING;
    case SIGNAL_BOOL: return json_type(v) == JSON_TRUE || json_type(v) == JSON_FALSE;
    case SIGNAL_LIST: return json_type(v) == JSON_ARRAY;
    default: return json_type(v) == JSON_INT || json_type(v) == JSON_UINT || json_type(v) == JSON_DOUBLE;
    }
}

static enum err check_type(struct json signals, enum signal_id s, struct arena *arena, const char **problem)
{
    static const char *const words[] = { [SIGNAL_TEXT] = "a string", [SIGNAL_NUMBER] = "a number",
                                         [SIGNAL_BOOL] = "true or false", [SIGNAL_LIST] = "an array" };
    static const char *const keys[] = { [SIGNAL_device] = "device",   [SIGNAL_system] = "system",
                                        [SIGNAL_process] = "process", [SIGNAL_network] = "network",
                                        [SIGNAL_call] = "call",       [SIGNAL_control] = "control",
                                        [SIGNAL_timezone] = "timezone" };
    const struct signal_info *info = &signal_infos[s];
    const char *key = keys[info->signal];
    struct json entry, value, v;
    if (!json_get(signals, str_of(key), &entry) || json_type(entry) == JSON_NULL) return ERR_OK;
    if (!json_get(entry, STR("value"), &value)) {
        *problem = arena_format(arena, "signals.%s must be null or an object with a value", key).p;
        return *problem ? ERR_MALFORMED : ERR_NO_MEMORY;
    }
    if (json_type(value) == JSON_NULL) return ERR_OK;
    bool object = json_type(value) == JSON_OBJECT;
    if (object && (!json_get(value, str_of(info->member), &v) || is_right(v, info->kind))) return ERR_OK;
    *problem = object ? arena_format(arena, "signals.%s.value.%s must be %s", key, info->member, words[info->kind]).p
                      : arena_format(arena, "signals.%s.value must be an object", key).p;
    return *problem ? ERR_MALFORMED : ERR_NO_MEMORY;
}

/* Every value that is read of an app, against its type in signals.def. */
static enum err check_types(struct json signals, struct arena *arena, const char **problem)
{
    enum err e = check_type(signals, S_ZONE, arena, problem);
    for (size_t s = S_APP_HARDWARE_ID; s <= S_APP_CAPTURED && !e; s++)
        e = check_type(signals, (enum signal_id)s, arena, problem);
    return e;
}

static enum err read_app(struct mobile_facts *out, struct json root, struct arena *arena, const char **problem)
{
    bool android = str_eq(out->platform, STR("android"));
    const char *key = android ? "packageName" : "bundleId";
    struct json sdk;
    if (!read_text(root, key, arena, &out->app) || !is_app_name(out->app))
        return refuse(problem, android ? "packageName must be the app's name, such as com.example.shop"
                                       : "bundleId must be the app's name, such as com.example.Shop");
    if (!json_get(root, STR("sdk"), &sdk) || json_type(sdk) != JSON_OBJECT ||
        !read_text(sdk, "version", arena, &out->sdk_version) || !out->sdk_version.n || out->sdk_version.n > 32)
        return refuse(problem, "sdk.version must be a string of at most 32 bytes");
    return ERR_OK;
}

enum err mobile_read(struct mobile_facts *out, struct json root, struct json signals, struct arena *arena,
                     const char **problem)
{
    struct json device, value, v;
    struct str hardware;
    *out = (struct mobile_facts){ .platform = STR("") };
    if (!read_text(root, "deviceLink", arena, &out->link)) return refuse(problem, "deviceLink must be a string");
    if (!read_text(root, "platform", arena, &out->platform)) return refuse(problem, "platform must be a string");
    if (json_get(root, STR("platform"), &v) && json_type(v) == JSON_STRING && !out->platform.n)
        return refuse(problem, "platform must be js, android or ios");
    if (str_eq(out->platform, STR("js"))) out->platform = STR("");
    if (!out->platform.n) return ERR_OK;
    if (!str_eq(out->platform, STR("android")) && !str_eq(out->platform, STR("ios")))
        return refuse(problem, "platform must be js, android or ios");
    enum err e = read_app(out, root, arena, problem);
    if (!e) e = check_types(signals, arena, problem);
    if (!e) e = read_location(out, root, problem);
    if (e) return e;
    if (json_get(signals, STR("device"), &device) && json_get(device, STR("value"), &value) &&
        json_get(value, STR("hardwareId"), &v) && json_str(v, &hardware) &&
        (hardware.n < HARDWARE_ID_BYTES_MIN || hardware.n > HARDWARE_ID_BYTES_MAX))
        return refuse(problem, "signals.device.value.hardwareId must have 16 to 128 characters");
    return ERR_OK;
}

void mobile_put_facts(struct identify *id)
{
    const struct mobile_facts *m = &id->mobile;
    static const enum signal_key groups[] = { SIGNAL_device, SIGNAL_system, SIGNAL_process, SIGNAL_network };
    size_t arrived = 0;
    id->from_agent = true;
    SET(id, platform, m->platform);
    SET(id, sdk_version, m->sdk_version);
    if (str_eq(m->platform, STR("android"))) SET(id, package_name, m->app);
    else SET(id, bundle_id, m->app);
    event_clear(&id->event, EVENT_url); /* documented for pages only, and an app has none */
    event_clear(&id->event, EVENT_referrer);
    for (size_t i = 0; i < COUNT_OF(groups); i++) arrived += id->signals.arrived[groups[i]];
    id->signals.completeness = (double)arrived / COUNT_OF(groups);
}

void mobile_put_system(struct identify *id)
{
    const struct signal *v = id->signals.value;
    bool android = str_eq(id->mobile.platform, STR("android"));
    id->ua = (struct ua_facts){
        .browser = STR("Other"), .major = STR(""), .version = STR(""),
        .os = android ? STR("Android") : STR("iOS"),
        .os_version = v[S_APP_OS_VERSION].present ? v[S_APP_OS_VERSION].text : STR(""),
        .device = v[S_APP_MODEL].present ? v[S_APP_MODEL].text : STR("Other"),
    };
}

/* Ids that many devices give: one sign over and over, such as iOS' zeros where identifiers are forbidden, and the
 * ANDROID_ID of a fault of Android 2.2 that emulators still have (Android's issue 10603). */
static bool is_anybodys(struct str id)
{
    char first = 0;
    for (size_t i = 0; i < id.n; i++) {
        if (id.p[i] == '-') continue;
        if (first && id.p[i] != first) return str_eq(id, STR("9774d56d682e549c"));
        first = id.p[i];
    }
    return true;
}

uint64_t mobile_hardware(const struct identify *id)
{
    const struct signal *hardware = &id->signals.value[S_APP_HARDWARE_ID];
    uint8_t hash[SHA256_BYTES];
    uint64_t out = 0;
    if (!id->mobile.platform.n || !hardware->present || is_anybodys(hardware->text)) return 0;
    struct str message = arena_format(id->arena, "mobile visitor\n%u\n%.*s\n%.*s", id->workspace,
                                      STR_ARG(id->mobile.platform), STR_ARG(hardware->text));
    if (!message.n || !token_keyed_hash(hash, id->shared->token_keys, message)) return 0;
    for (size_t i = 0; i < 8; i++) out = out << 8 | hash[i];
    return out ? out : 1;
}
