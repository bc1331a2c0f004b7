/* What raw attributes are made of, and that nothing else than their kind gets through. */
#include "api/raw_attributes.h"
#include "tests/unit/test.h"

static struct arena arena;
static struct json_parser *parser;

static struct str put(enum dialect d, const char *signals)
{
    struct json root;
    struct json_out out;
    REQUIRE(json_parse(parser, json_padded(&arena, str_of(signals)), &root) == ERR_OK);
    json_out_init(&out, &arena);
    json_out_open(&out, '{');
    raw_attributes_put(&out, &arena, d, root);
    json_out_close(&out, '}');
    REQUIRE(!out.failed);
    return json_out_text(&out);
}

static void test_names_of_both_versions(void)
{
    static const char signals[] =
        "{\"fonts\":{\"value\":{\"detected\":[\"Arial\",\"Menlo\"]}},"
        "\"navigator\":{\"value\":{\"deviceMemory\":8,\"languages\":[\"de\",\"en\"],"
        "\"maxTouchPoints\":5}},"
        "\"screen\":{\"value\":{\"width\":1920,\"height\":1080}},"
        "\"storage\":{\"value\":{\"indexedDb\":true}},"
        "\"math\":{\"value\":{\"hash\":\"0123456789abcdef0123456789abcdef0123\"}},"
        "\"status\":{\"value\":{\"battery\":{\"charging\":false,\"level\":0.305}}},"
        "\"attributes\":{\"value\":{\"canvas\":{\"winding\":true,\"geometry\":\"unsupported\"},"
        "\"plugins\":[{\"name\":\"P\",\"mimeTypes\":[{\"type\":\"a/b\",\"suffixes\":\"\"}]},{}]}}}";
    CHECK_STR(put(DIALECT_V4, signals),
              STR("{\"fonts\":[\"Arial\",\"Menlo\"],\"device_memory\":8,"
                  "\"canvas\":{\"winding\":true,\"geometry\":\"unsupported\"},"
                  "\"languages\":[[\"de\",\"en\"]],\"screen_resolution\":[1920,1080],"
                  "\"touch_support\":{\"max_touch_points\":5},"
                  "\"plugins\":[{\"name\":\"P\",\"mimeTypes\":[{\"type\":\"a/b\",\"suffixes\":"
                  "\"\"}]}],"
                  "\"indexed_db\":true,\"math\":\"0123456789abcdef0123456789abcdef\","
                  /* printf 'Arial\nMenlo\n' | sha256sum */
                  "\"font_hash\":\"2b59d27d2eee703b8e03f669764cfb0a\","
                  "\"battery_level\":31,\"battery_charging\":false}"));
    CHECK_STR(put(DIALECT_V3, signals),
              STR("{\"fonts\":{\"value\":[\"Arial\",\"Menlo\"]},\"deviceMemory\":{\"value\":8},"
                  "\"canvas\":{\"value\":{\"Winding\":true,\"Geometry\":\"unsupported\"}},"
                  "\"languages\":{\"value\":[[\"de\",\"en\"]]},"
                  "\"screenResolution\":{\"value\":[1920,1080]},"
                  "\"touchSupport\":{\"value\":{\"maxTouchPoints\":5}},"
                  "\"plugins\":{\"value\":[{\"name\":\"P\",\"mimeTypes\":[{\"type\":\"a/b\","
                  "\"suffixes\":\"\"}]}]},"
                  "\"indexedDB\":{\"value\":true},"
                  "\"math\":{\"value\":\"0123456789abcdef0123456789abcdef\"},"
                  "\"fontHash\":{\"value\":\"2b59d27d2eee703b8e03f669764cfb0a\"},"
                  "\"batteryLevel\":{\"value\":31},\"batteryCharging\":{\"value\":false}}"));
}

static void test_only_v3_shows_it(void)
{
    static const char signals[] = "{\"media\":{\"value\":{\"colorGamut\":\"p3\"}}}";
    CHECK_STR(put(DIALECT_V4, signals), STR("{}"));
    CHECK_STR(put(DIALECT_V3, signals), STR("{\"colorGamut\":{\"value\":\"p3\"}}"));
}

static void test_what_is_not_of_its_kind_is_left_out(void)
{
    static const char *const signals[] = {
        "{}", "{\"fonts\":null,\"screen\":{},\"navigator\":{\"value\":null}}",
        "{\"fonts\":{\"value\":{\"detected\":\"Arial\"}}}",
        "{\"navigator\":{\"value\":{\"deviceMemory\":\"8\",\"hardwareConcurrency\":-1,"
        "\"maxTouchPoints\":1e10,\"languages\":{\"a\":1},\"platform\":\"\"}}}",
        "{\"screen\":{\"value\":{\"width\":1920}}}",
        "{\"screen\":{\"value\":{\"width\":-1,\"height\":5,\"colorDepth\":null}}}",
        "{\"status\":{\"value\":{\"battery\":{\"level\":1.01,\"charging\":1}}}}",
        "{\"math\":{\"value\":{\"hash\":\"short\"}}}",
        "{\"webgl\":{\"value\":{\"renderer\":\"unknown\",\"vendor\":7}}}",
        "{\"attributes\":{\"value\":{\"emoji\":7,\"canvas\":{\"winding\":\"yes\"},\"audio\":\"x\","
        "\"plugins\":{\"name\":1},\"oscpu\":null}}}",
    };
    for (size_t i = 0; i < COUNT_OF(signals); i++) {
        CHECK_STR(put(DIALECT_V4, signals[i]), STR("{}"));
        CHECK_STR(put(DIALECT_V3, signals[i]), STR("{}"));
    }
    CHECK_STR(put(DIALECT_V4, "{\"navigator\":{\"value\":{\"languages\":[1,\"en\",null]}}}"),
              STR("{\"languages\":[[\"en\"]]}"));
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    parser = json_parser_create();
    RUN(test_names_of_both_versions);
    RUN(test_only_v3_shows_it);
    RUN(test_what_is_not_of_its_kind_is_left_out);
    json_parser_destroy(parser);
    arena_free(&arena);
    return test_end();
}
