/* Web Bot Auth: signatures made here with the example key of RFC 9421, changed in every way that
 * must fail; keys and their documents; nonces. RSA and the published vectors: tests/api/bots.test.mjs. */
#include "identify/enrich/bot_signature.h"
#include "tests/unit/test.h"

#include "base/limits.h"

/* RFC 9421, B.1.4 (test-key-ed25519): the seed, and the public key as a key set. */
static const char seed_text[] = "n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU";
static const char jwks[] =
    "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"any\","
    "\"x\":\"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs\"}]}";
static const char thumbprint[] = "poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U";
enum { NOW_S = 1765432100 };

static struct bot_keys *keys;
static struct arena arena;
static struct bot_signature_budget *budget; /* NULL: no limit */

/* What a client sends, and what of it the signature covers. */
struct letter {
    const char *host, *target, *agent; /* agent NULL: not sent */
    const char *base;   /* lines of the signature base, without the last */
    const char *items;  /* of the inner list */
    const char *more;   /* parameters behind created and expires */
    long long created_s, expires_s;
};

static struct letter letter(void)
{
    return (struct letter){ .host = "Example.com:443", .target = "/path?q=1",
                            .agent = "\"https://signature-agent.test\"",
                            .base = "\"@authority\": example.com\n"
                                    "\"signature-agent\": \"https://signature-agent.test\"\n",
                            .items = "\"@authority\" \"signature-agent\"",
                            .more = ";keyid=\"poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U\""
                                    ";alg=\"ed25519\";nonce=\"abc\";tag=\"web-bot-auth\"",
                            .created_s = NOW_S - 5, .expires_s = NOW_S + 60 };
}

static struct str sign(struct str message)
{
    uint8_t seed[32], signature[64];
    size_t n = sizeof signature;
    char *text = arena_alloc(&arena, 100);
    base64url_decode(seed, sizeof seed, str_of(seed_text));
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof seed);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    REQUIRE(EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1);
    REQUIRE(EVP_DigestSign(context, signature, &n, (const uint8_t *)message.p, message.n) == 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    int length = EVP_EncodeBlock((uint8_t *)text, signature, (int)n);
    return (struct str){ text, (size_t)length };
}

static struct bot_signature found;

static const char *send_at(const struct letter *l, long long now_s)
{
    struct str params = arena_format(&arena, "(%s);created=%lld;expires=%lld%s", l->items,
                                     l->created_s, l->expires_s, l->more);
    struct str base = arena_format(&arena, "%s\"@signature-params\": %.*s", l->base,
                                   STR_ARG(params));
    struct str signature = sign(base);
    struct header headers[] = {
        { STR("Host"), str_of(l->host) },
        { STR("Signature-Input"), arena_format(&arena, "sig1=%.*s", STR_ARG(params)) },
        { STR("Signature"), arena_format(&arena, "sig1=:%.*s:", STR_ARG(signature)) },
        { STR("X-Two"), STR("one") },
        { STR("x-two"), STR("two") },
        { STR("Signature-Agent"), str_of(l->agent) },
    };
    struct str target = str_of(l->target);
    size_t q = str_find_char(target, '?', 0);
    struct request req = { .arena = &arena, .method = STR("GET"), .target = target,
                           .path = str_sub(target, 0, q), .headers = headers,
                           .query = q == SIZE_MAX ? STR("") : str_sub(target, q + 1, target.n),
                           .headers_count = l->agent ? 6 : 5 };
    enum bot_signature_result r = bot_signature_check(&found, &req, true, keys, now_s, budget, &arena);
    const char *error = bot_signature_error(r);
    if (r == BOT_SIGNATURE_UNCHECKED) return error ? error : "unchecked";
    return error ? error : r == BOT_SIGNATURE_VALID ? "valid" : "absent";
}

#define SENT(l) str_of(send_at(&(l), NOW_S))

static void test_valid(void)
{
    struct letter l = letter();
    CHECK_STR(SENT(l), STR("valid"));
    CHECK_STR(found.agent, STR("https://signature-agent.test"));
    CHECK_STR(str_of(found.key->origin), STR("https://signature-agent.test"));
    CHECK_STR(found.nonce, STR("abc"));
    /* the newer form: a dictionary, of which a member is signed */
    l.agent = "agent1=\"https://other.test\", agent2=\"https://signature-agent.test\"";
    l.items = "\"@authority\" \"signature-agent\";key=\"agent2\"";
    l.base = "\"@authority\": example.com\n"
             "\"signature-agent\";key=\"agent2\": \"https://signature-agent.test\"\n";
    CHECK_STR(SENT(l), STR("valid"));
    /* without an agent, the key says whose it is */
    l = letter();
    l.agent = NULL;
    l.items = "\"@authority\"";
    l.base = "\"@authority\": example.com\n";
    CHECK_STR(SENT(l), STR("valid"));
    /* everything that may be covered */
    l.items = "\"@method\" \"@scheme\" \"@target-uri\" \"@request-target\" \"@path\" \"@query\" \"x-two\"";
    l.base = "\"@method\": GET\n\"@scheme\": https\n\"@target-uri\": https://example.com/path?q=1\n"
             "\"@request-target\": /path?q=1\n\"@path\": /path\n\"@query\": ?q=1\n"
             "\"x-two\": one, two\n";
    CHECK_STR(SENT(l), STR("valid"));
}

static void test_times(void)
{
    struct letter l = letter();
    l.expires_s = NOW_S + 100000;
    CHECK_STR(str_of(send_at(&l, NOW_S + 3595)), STR("valid"));
    CHECK_STR(str_of(send_at(&l, NOW_S + 3596)), STR("SIGNATURE_TOO_OLD"));
    CHECK_STR(str_of(send_at(&l, NOW_S - 65)), STR("valid"));
    CHECK_STR(str_of(send_at(&l, NOW_S - 66)), STR("SIGNATURE_TIMESTAMP_FUTURE"));
    l.expires_s = NOW_S;
    CHECK_STR(SENT(l), STR("SIGNATURE_EXPIRED"));
    CHECK_STR(str_of(send_at(&l, NOW_S - 1)), STR("valid"));
    l.expires_s = l.created_s;
    CHECK_STR(SENT(l), STR("VALIDATION_FAILED"));
}

static void test_refused(void)
{
    struct letter l = letter();
    l.host = "evil.example"; /* signed for another site */
    CHECK_STR(SENT(l), STR("VERIFICATION_FAILED"));
    l = letter(), l.items = "\"signature-agent\"";
    l.base = "\"signature-agent\": \"https://signature-agent.test\"\n";
    CHECK_STR(SENT(l), STR("VALIDATION_FAILED")); /* for no site */
    l = letter(), l.items = "\"@authority\"", l.base = "\"@authority\": example.com\n";
    CHECK_STR(SENT(l), STR("VALIDATION_FAILED")); /* the agent is not covered */
    l = letter(), l.items = "\"@authority\" \"@authority\" \"signature-agent\"";
    CHECK_STR(SENT(l), STR("VALIDATION_FAILED"));
    static const char *const items[] = {
        "\"@authority\";req \"signature-agent\"",      "\"@authority\" \"signature-agent\";sf",
        "\"@authority\" \"signature-agent\" \"x-no\"", "\"@authority\" \"signature-agent\" \"@query-param\"",
        "\"@authority\" \"Signature-Agent\"",          "\"@authority\" \"signature-agent\" x",
        "\"@authority\" \"signature-agent\" \"x-two\";key=\"a\"",
    };
    for (size_t i = 0; i < COUNT_OF(items); i++) {
        l = letter(), l.items = items[i];
        CHECK_STR(SENT(l), STR("VALIDATION_FAILED"));
    }
    static const char *const agents[] = { "\"http://signature-agent.test\"", "\"https://\"",
                                          "\"https://u@signature-agent.test\"", "?1", "a=1",
                                          "\"signature-agent.test\"", "a=\"https://a\", b=\"https://b\"" };
    for (size_t i = 0; i < COUNT_OF(agents); i++) {
        l = letter(), l.agent = agents[i];
        CHECK_STR(SENT(l), STR("INVALID_SIGNATURE_AGENT"));
    }
    l = letter(), l.agent = "\"https://stranger.test\"";
    CHECK_STR(SENT(l), STR("KEY_DIRECTORY_FETCH_FAILED"));
    l = letter(), l.more = ";keyid=\"x\";tag=\"web-bot-auth\"";
    CHECK_STR(SENT(l), STR("KEY_NOT_FOUND"));
    l = letter(), l.more = ";tag=\"web-bot-auth\"";
    CHECK_STR(SENT(l), STR("VALIDATION_FAILED"));
    l = letter();
    l.more = ";keyid=\"poqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U\";alg=\"rsa-pss-sha512\""
             ";tag=\"web-bot-auth\"";
    CHECK_STR(SENT(l), STR("VALIDATION_FAILED"));
    l = letter(), l.more = ";keyid=\"x\";tag=\"other\"", l.agent = NULL;
    CHECK_STR(SENT(l), STR("absent")); /* somebody else's use of signatures */
}

static void test_missing_headers(void)
{
    static const struct { const char *want; struct header headers[3]; } rows[] = {
        { "absent", { { { "Host", 4 }, { "a", 1 } } } },
        { "absent", { { { "Signature", 9 }, { "sig1=:AA==:", 11 } } } },
        { "MISSING_SIGNATURE_HEADERS", { { { "Signature-Agent", 15 }, { "\"https://a\"", 11 } } } },
        { "MISSING_SIGNATURE_HEADERS",
          { { { "Signature-Input", 15 }, { "a=();tag=\"web-bot-auth\"", 23 } } } },
        { "VALIDATION_FAILED",
          { { { "Signature-Input", 15 }, { "a=(", 3 } }, { { "Signature", 9 }, { "a=:AA==:", 8 } } } },
        { "VALIDATION_FAILED",
          { { { "Signature-Input", 15 }, { "a=();tag=\"web-bot-auth\"", 23 } },
            { { "Signature", 9 }, { "b=:AA==:", 8 } } } },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct header headers[3];
        memcpy(headers, rows[i].headers, sizeof headers);
        struct request req = { .arena = &arena, .method = STR("GET"), .headers = headers };
        while (req.headers_count < 3 && headers[req.headers_count].name.n) req.headers_count++;
        enum bot_signature_result r = bot_signature_check(&found, &req, true, keys, NOW_S, NULL, &arena);
        const char *error = bot_signature_error(r);
        CHECK_STR(str_of(error ? error : r == BOT_SIGNATURE_ABSENT ? "absent" : "valid"),
                  str_of(rows[i].want));
    }
}

static enum err add(struct bot_keys *to, const char *origin, const char *document)
{
    const char *problem = NULL;
    enum err e = bot_keys_add(to, str_of(origin), str_of(document), &problem);
    CHECK(!e || (problem && *problem));
    return e;
}

static void test_keys(void)
{
    struct bot_keys *other;
    REQUIRE(bot_keys_create(&other) == ERR_OK);
    CHECK_INT(add(other, "https://A.test/", jwks), ERR_OK);
    CHECK_INT(add(other, "https://a.test:443", jwks), ERR_USAGE); /* the same once more */
    CHECK_INT(add(other, "http://b.test", jwks), ERR_USAGE);
    CHECK_INT(add(other, "https://b.test/path", jwks), ERR_USAGE);
    CHECK_INT(add(other, "https://b.test:0", jwks), ERR_USAGE);
    static const char *const bad[] = {
        "", "[]", "{}", "{\"keys\":1}", "{\"keys\":[]}", "{\"keys\":[1]}", "{\"keys\":[{}]}", "{",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs\"}]}",
        "{\"keys\":[{\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"AQAB\"}]}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_INT(add(other, "https://b.test", bad[i]), ERR_MALFORMED);
    CHECK(bot_keys_know(other, STR("https://a.test")) && !bot_keys_know(other, STR("https://b.test")));
    CHECK(bot_keys_find(other, STR("https://a.test"), str_of(thumbprint)) != NULL);
    CHECK(bot_keys_find(other, STR("https://b.test"), str_of(thumbprint)) == NULL);
    CHECK_INT(bot_keys_count(other), 1);
    bot_keys_destroy(other);
}

/* A key outside its own dates. */
static void test_key_dates(void)
{
    static const struct { const char *dates, *want; } rows[] = {
        { "\"exp\":1765432100", "KEY_EXPIRED" },     { "\"exp\":1765432101", "valid" },
        { "\"exp\":1765432100000", "KEY_EXPIRED" },  { "\"nbf\":1765432100", "valid" },
        { "\"nbf\":1765432101", "KEY_NOT_YET_VALID" },
    };
    struct bot_keys *usual = keys;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char document[256];
        snprintf(document, sizeof document,
                 "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",%s,"
                 "\"x\":\"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs\"}]}", rows[i].dates);
        REQUIRE(bot_keys_create(&keys) == ERR_OK);
        CHECK_INT(add(keys, "https://signature-agent.test", document), ERR_OK);
        struct letter l = letter();
        CHECK_STR(SENT(l), str_of(rows[i].want));
        bot_keys_destroy(keys);
    }
    keys = usual;
}

static void test_nonces(void)
{
    struct bot_nonces *nonces;
    REQUIRE(bot_nonces_create(&nonces) == ERR_OK);
    struct bot_signature s = { .nonce = STR("a"), .key_id = STR("k"), .expires_s = NOW_S + 60 };
    CHECK(bot_nonces_first_use(nonces, &s, NOW_S));
    CHECK(!bot_nonces_first_use(nonces, &s, NOW_S));
    CHECK(!bot_nonces_first_use(nonces, &s, NOW_S + 59));
    CHECK(bot_nonces_first_use(nonces, &s, NOW_S + 60)); /* expired: refused for that already */
    s.key_id = STR("l");
    CHECK(bot_nonces_first_use(nonces, &s, NOW_S));
    s.nonce = STR("");
    CHECK(bot_nonces_first_use(nonces, &s, NOW_S) && bot_nonces_first_use(nonces, &s, NOW_S));
    bot_nonces_destroy(nonces);
}

/* Wrong signatures by a known key are refuted so many times a second, and then not looked at. */
static void test_budget(void)
{
    struct bot_signature_budget of_test = { 0 };
    struct letter good = letter(), wrong = letter(), stranger = letter();
    wrong.base = "\"@authority\": other.com\n\"signature-agent\": \"https://signature-agent.test\"\n";
    stranger.more = ";keyid=\"aqkLGiymh_W0uP6PZFw-dvez3QJT5SolqXBCW38r0U0\";tag=\"web-bot-auth\"";
    budget = &of_test;
    for (int i = 0; i < BOT_SIGNATURES_WRONG_PER_S; i++) {
        arena_reset(&arena);
        if (i % 100 == 0) CHECK_STR(SENT(good), STR("valid")); /* these cost nothing */
        if (i % 100 == 0) CHECK_STR(SENT(stranger), STR("KEY_NOT_FOUND"));
        CHECK_STR(SENT(wrong), STR("VERIFICATION_FAILED"));
    }
    CHECK_STR(SENT(wrong), STR("unchecked"));
    CHECK_STR(SENT(good), STR("unchecked"));
    CHECK(found.key == NULL);
    CHECK_STR(SENT(stranger), STR("KEY_NOT_FOUND"));
    CHECK_STR(str_of(send_at(&wrong, NOW_S - 1)), STR("unchecked")); /* began a little earlier */
    CHECK_STR(str_of(send_at(&wrong, NOW_S + 1)), STR("VERIFICATION_FAILED"));
    CHECK_STR(str_of(send_at(&good, NOW_S + 1)), STR("valid"));
    CHECK(found.key != NULL);
    /* the clock was set back */
    good.created_s = NOW_S - 30;
    CHECK_STR(str_of(send_at(&good, NOW_S - 20)), STR("valid"));
    CHECK(found.key != NULL);
    budget = NULL;
}

int main(void)
{
    const char *problem;
    arena_init(&arena, 8 * 1024 * 1024);
    REQUIRE(bot_keys_create(&keys) == ERR_OK);
    REQUIRE(bot_keys_add(keys, STR("https://signature-agent.test"), str_of(jwks), &problem) == ERR_OK);
    RUN(test_valid);
    RUN(test_times);
    RUN(test_refused);
    RUN(test_missing_headers);
    RUN(test_keys);
    RUN(test_key_dates);
    RUN(test_nonces);
    RUN(test_budget);
    bot_keys_destroy(keys);
    arena_free(&arena);
    return test_end();
}
