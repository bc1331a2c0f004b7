/* Hashes made again from their values: the texts of all 15 signals, numbers as JavaScript prints them, and
 * what must not count as a contradiction. The digests here were made with Python's hashlib. */
#include "identify/recompute.h"

#include "tests/unit/test.h"

static struct arena arena;
static struct json_parser *parser;
static struct proven *proven;
static struct signals signals;

static struct recomputed recompute(struct str text, struct proven *memory)
{
    struct recomputed found = { .checked = UINT64_MAX };
    struct bytes_out steady, changing;
    struct json root;
    REQUIRE(json_parse(parser, json_padded(&arena, text), &root) == ERR_OK);
    bytes_out_init(&steady, &arena, 1024);
    bytes_out_init(&changing, &arena, 1024);
    REQUIRE(signals_read(&signals, root, &arena, &steady, &changing) == ERR_OK);
    recompute_hashes(&found, &signals, bytes_out_text(&steady), memory, &arena);
    return found;
}

/* Without a memory, with one that may know the signal, and with one that does if its hash is right: always the same. */
static struct recomputed read_body(struct str text)
{
    struct recomputed found = recompute(text, NULL);
    for (int i = 0; i < 2; i++) {
        struct recomputed again = recompute(text, proven);
        CHECK(again.checked == found.checked && again.differs == found.differs);
    }
    return found;
}

static uint64_t bit(enum signal_key key)
{
    return (uint64_t)1 << key;
}

/* `values` are members of the signal's value; the hash is put behind them. */
static void expect(enum signal_key key, const char *name, const char *values, const char *hash)
{
    struct str text = arena_format(&arena, "{\"%s\":{\"value\":{%s,\"hash\":\"%s\"},\"duration\":1}}", name,
                                   values, hash);
    struct recomputed found = read_body(text);
    if (found.checked != bit(key) || found.differs) printf("# %s\n", name);
    CHECK(found.checked == bit(key) && found.differs == 0);

    /* one hex digit less true */
    char *wrong = (char *)(uintptr_t)arena_copy(&arena, text).p;
    char *digit = strstr(wrong, hash) + 63;
    *digit = *digit == '0' ? '1' : '0';
    found = read_body((struct str){ wrong, text.n });
    CHECK(found.checked == bit(key) && found.differs == bit(key));
}

static void test_texts(void)
{
#define EXPECT(name, values, hash) expect(SIGNAL_##name, #name, values, hash)
    EXPECT(math,
           "\"values\":[1.4470237543681796,-0.5,1e+21,1e-07,100,0]",
           "34b133cc77f5904437096cc11e529ac65af71be05c9b1220fe2672a235b7627d");
    EXPECT(error,
           "\"messages\":[\"can't access property \\\"x\\\" of null\",\"\xc3\xa4" "\"]",
           "11671c22ef9140b6a3e7a6ad8d001da73c1f2f78289638029ae32763757426aa");
    EXPECT(svg,
           "\"textLengths\":[91.109375,17,11.703125]",
           "c75be55fcd1c326761596345fc293f1b905a864cfdcd3dafbd99ed62565ecfc3");
    EXPECT(cssStyle,
           "\"propertyCount\":479,\"systemColorHash\":\"ab\",\"systemFontHash\":\"cd\"",
           "620b72545dfc38cc24675ae9331fa2f81799f5cec75041dd3af7424776db3877");
    EXPECT(cssFeatures,
           "\"features\":{\"nesting\":true,\"accentColor\":false,\"okLch\":true}",
           "003f469182a14e390b5d6fdab2df1d2bfa03394c13a40b2526221f13443fce40");
    EXPECT(platformFeatures,
           "\"features\":{\"WakeLock\":false,\"Bluetooth\":false,\"HID\":true,\"showOpenFilePicker\""
           ":true,\"SharedWorker\":true},\"estimatedPlatform\":\"Desktop\"",
           "892256191f78d3d014889a2c8c077022d13a71438c803aca7d66610690333145");
    EXPECT(windowFeatures,
           "\"propertyCount\":1229,\"webkitCount\":14,\"mozCount\":0,\"litterKeys\":[\"AbsoluteOrien"
           "tationSensor\",\"cdc\"]",
           "e49cdafec407787be30a7721ed5c5b4e58d1d8fa699c5435d65967a7ead70fb9");
    EXPECT(frameDepth,
           "\"isFramed\":false,\"depth\":0,\"topAccessible\":true,\"crossOriginBoundary\":false",
           "fb70fb48b84d5511c80b39f9779088df8e0af6dca265a8de2aa4b4c2e452fc9c");
    EXPECT(timezone,
           "\"reported\":\"Asia/Kathmandu\",\"computed\":\"x\",\"offsetHistorical\":-345",
           "347b52092265117e5ccdf23f80403cea93a91dcc5269b9d25b685ed5c137f581");
    EXPECT(uaClientHints,
           "\"available\":true,\"mobile\":false,\"platform\":\"Linux\",\"architecture\":\"x86\",\"bi"
           "tness\":\"64\",\"model\":\"\",\"platformVersion\":null,\"wow64\":false,\"formFactors\":["
           "\"Desktop\",\"XR\"],\"brands\":[{\"brand\":\"Chromium\",\"version\":\"156\"},{\"brand\":"
           "\"Not:A-Brand\",\"version\":\"8\"}],\"fullVersionList\":[{\"brand\":\"Chromium\",\"versi"
           "on\":\"156.0.8078.79\"}]",
           "f399f175a6b0e6081c25a65fadecae9591271e434d5d8ab561369db0f386f314");
    EXPECT(geometryVector,
           "\"screen\":{\"width\":800,\"height\":600,\"availWidth\":800,\"availHeight\":560},\"windo"
           "w\":{\"innerWidth\":780,\"innerHeight\":437,\"outerWidth\":780,\"outerHeight\":580,\"dev"
           "icePixelRatio\":1.25},\"visualViewport\":{\"width\":780.5,\"height\":437,\"scale\":1,\"o"
           "ffsetLeft\":0,\"offsetTop\":-2},\"orientation\":{\"type\":null,\"angle\":0},\"chromeInse"
           "tX\":0,\"chromeInsetY\":null,\"suspiciousFlags\":[\"a\",\"b\"]",
           "5802ef24cb09b203c403f29a4a0846765c0ae09aeb74389b1bdc9da95f93544a");
    EXPECT(geometryVector,
           "\"screen\":{\"width\":1,\"height\":2,\"availWidth\":3,\"availHeight\":4},\"window\":{\"i"
           "nnerWidth\":5,\"innerHeight\":6,\"outerWidth\":7,\"outerHeight\":8,\"devicePixelRatio\":"
           "9},\"visualViewport\":null,\"orientation\":{\"type\":\"portrait-primary\",\"angle\":null"
           "},\"chromeInsetX\":null,\"chromeInsetY\":2,\"suspiciousFlags\":[]",
           "3064ea0c48fdfc7450d31480904d03d71e64bb9d991f62606aae641fd859c60c");
    EXPECT(runtimeVector,
           "\"hardwareConcurrency\":2,\"deviceMemory\":16,\"timingResolutionMs\":null,\"maxStackSize"
           "\":9599,\"storageQuotaMB\":10240,\"jsHeapUsedMB\":1.5,\"jsHeapTotalMB\":3.75,\"jsHeapLim"
           "itMB\":4192,\"networkRttMs\":100,\"downlinkMbps\":1.55,\"saveData\":false,\"suspiciousFl"
           "ags\":[]",
           "dbd9ea759b711ff0aee5ead989413a2af7cd606ee029e54dc7e46d7c2bd3ce37");
    EXPECT(runtimeVector,
           "\"hardwareConcurrency\":2,\"deviceMemory\":null,\"timingResolutionMs\":0.1,\"maxStackSiz"
           "e\":1,\"storageQuotaMB\":null,\"jsHeapLimitMB\":null,\"networkRttMs\":null,\"downlinkMbp"
           "s\":null,\"saveData\":null,\"suspiciousFlags\":[\"negative_network_rtt\"]",
           "f07ef02175899ddebdb392c8e4dbf53f58920289eb291813efcc607761f81c4b");
    EXPECT(sensorCapabilities,
           "\"apis\":{\"gyroscope\":true,\"ambientLight\":false},\"permissionStates\":{\"geolocation"
           "\":\"prompt\",\"camera\":null},\"policyBlocked\":[\"camera\"],\"availableCount\":1",
           "39a42f30148c1651b4aa843a5b65c2aad492382a9d3057c253ea924d5defbea5");
    EXPECT(behavioralRisk,
           "\"elapsedMs\":263,\"totalEventCount\":0,\"pointerMoveCount\":0,\"pointerDistancePx\":0.2"
           "5,\"pointerDirectionChanges\":0,\"pointerStraightness\":null,\"clickCount\":0,\"scrollEv"
           "entCount\":0,\"scrollBurstCount\":0,\"keyEventCount\":0,\"inputEventCount\":0,\"focusTra"
           "nsitions\":0,\"blurTransitions\":0,\"visibilityTransitions\":0,\"meanPointerIntervalMs\""
           ":null,\"meanKeyIntervalMs\":null,\"classification\":\"insufficient_data\",\"riskScore\":"
           "0.38,\"reasons\":[\"scroll_burst\",\"rapid_focus_switches\"]",
           "b8db3d5e1fa1dafac3e6c6b0f8e769898c56cf7b17b340f3ad680074bcb3b0c5");
    EXPECT(codec,
           "\"matrix\":{\"video/webm; codecs=\\\"vp9\\\"\":{\"canPlay\":\"probably\",\"mediaSource\""
           ":false,\"mediaRecorder\":false},\"video/webm; codecs=\\\"vp8\\\"\":{\"canPlay\":\"maybe\""
           ",\"mediaSource\":true,\"mediaRecorder\":false},\"video/webm; codecs=\\\"av01.0.05M.08\\\""
           "\":{\"canPlay\":\"\",\"mediaSource\":false,\"mediaRecorder\":false},\"video/ogg\":{\"can"
           "Play\":\"probably\",\"mediaSource\":true,\"mediaRecorder\":false},\"video/mp4; codecs=\\"
           "\"hev1.1.6.L93.B0\\\"\":{\"canPlay\":\"maybe\",\"mediaSource\":false,\"mediaRecorder\":f"
           "alse},\"video/mp4; codecs=\\\"avc1.42E01E\\\"\":{\"canPlay\":\"\",\"mediaSource\":true,\""
           "mediaRecorder\":false},\"audio/webm\":{\"canPlay\":\"probably\",\"mediaSource\":false,\""
           "mediaRecorder\":false},\"audio/wav\":{\"canPlay\":\"maybe\",\"mediaSource\":true,\"media"
           "Recorder\":false},\"audio/ogg\":{\"canPlay\":\"\",\"mediaSource\":false,\"mediaRecorder\""
           ":false},\"audio/mpeg\":{\"canPlay\":\"probably\",\"mediaSource\":true,\"mediaRecorder\":"
           "false},\"audio/flac\":{\"canPlay\":\"maybe\",\"mediaSource\":false,\"mediaRecorder\":fal"
           "se},\"audio/aac\":{\"canPlay\":\"\",\"mediaSource\":true,\"mediaRecorder\":false}}",
           "3a63de1009f79cbaba513ee36a563d3ca77795bc2ef14ab5494a9aed6491f198");
#undef EXPECT
}

/* Not a contradiction: a hash or a value that is missing, null for NaN, keys of unknown order. */
static void test_not_checked(void)
{
    static const char *const bodies[] = {
        "{\"math\":null}",
        "{\"math\":{\"value\":null,\"duration\":1}}",
        "{\"math\":{\"duration\":1}}",
        "{\"math\":{\"value\":{\"values\":[1,2]}}}",
        "{\"math\":{\"value\":{\"values\":[1,2],\"hash\":null}}}",
        "{\"math\":{\"value\":{\"hash\":\"00\"}}}",
        "{\"math\":{\"value\":{\"values\":[1,null],\"hash\":\"00\"}}}",
        "{\"math\":{\"value\":{\"values\":[[1]],\"hash\":\"00\"}}}",
        "{\"error\":{\"value\":{\"messages\":\"x\",\"hash\":\"00\"}}}",
        "{\"cssFeatures\":{\"value\":{\"features\":{\"a1\":true},\"hash\":\"00\"}}}",
        "{\"cssFeatures\":{\"value\":{\"features\":{},\"hash\":\"00\"}}}",
        "{\"codec\":{\"value\":{\"matrix\":{\"audio/new\":{}},\"hash\":\"00\"}}}",
        "{\"geometryVector\":{\"value\":{\"screen\":7,\"hash\":\"00\"}}}",
        "{\"canvas\":{\"value\":{\"hash\":\"00\"}}}",
        "{\"uaClientHints\":{\"value\":{\"available\":false,\"hash\":null}}}",
        "{}",
    };
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct recomputed found = read_body(str_of(bodies[i]));
        if (found.checked || found.differs) printf("# %s\n", bodies[i]);
        CHECK(found.checked == 0 && found.differs == 0);
    }
}

static void test_no_hash_at_all(void)
{
    struct recomputed found = read_body(STR("{\"math\":{\"value\":{\"values\":[1,2],\"hash\":\"12\"}}}"));
    CHECK(found.differs == bit(SIGNAL_math));
    found = read_body(STR("{\"math\":{\"value\":{\"values\":[1],\"hash\":\"12\"}},\"math\":null}"));
    CHECK(found.differs == 0 && found.checked == 0); /* of a key given twice the last one counts */
}

/* Each offset that a clock can have is found; one that none can have is not. */
static void test_zone_offsets(void)
{
    static const struct { const char *hash; bool known; } rows[] = {
        { "5d0e9b371982a916aac7427c7e5e0e3fbb78837f1f45a58ffb0ee31723d820a6", true }, /* -120 */
        { "a1e6b42288e8758ab541364ab8dd68aceea72fb72b50446398d67edf5f1bfeff", true }, /* 0 */
        { "ca0a24522da7ed7187e50821d8256ed6939cac398fd9af082af540ffa924091a", true }, /* 720 */
        { "4a520168a3e63bdcea88815117acb1577222cd8e6580bfca141e6302438258e8", true }, /* -840 */
        { "16ad60f6e46ed7ce3976a0d8b967cd8741f52992dab2207a940edd5555cff8a9", true }, /* 570 */
        { "c1a1ab6005d4c210e3a6d3c652134ca8c423b85d94da0de6e59263518741d6ac", false }, /* -121 */
        { "f9cdd9f8c5b837af8208257aeb61aeba739bdd34ac9e89710f424084974aa501", false }, /* 900 */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct recomputed found = read_body(arena_format(
            &arena,
            "{\"timezone\":{\"value\":{\"reported\":\"Europe/Berlin\",\"offsetHistorical\":-120,\"hash\":\"%s\"}}}",
            rows[i].hash));
        CHECK(found.checked == bit(SIGNAL_timezone) && (found.differs == 0) == rows[i].known);
    }
}

int main(void)
{
    arena_init(&arena, 1 << 22);
    parser = json_parser_create();
    proven = proven_create();
    REQUIRE(parser != NULL && proven != NULL);
    RUN(test_texts);
    RUN(test_not_checked);
    RUN(test_no_hash_at_all);
    RUN(test_zone_offsets);
    proven_destroy(proven);
    json_parser_destroy(parser);
    arena_free(&arena);
    return test_end();
}
