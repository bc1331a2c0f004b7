/* Queries, cookies, who asks, and the routes. */
#include "api/routes.c"
#include "base/crypto.h"
#include "tests/unit/test.h"

static struct arena arena;

static struct str decoded(struct str text, bool plus_is_blank)
{
    return percent_decode(&arena, text, plus_is_blank);
}

static void test_percent_decoding(void)
{
    CHECK_STR(decoded(STR("a%20b%2Fc%2fd"), false), STR("a b/c/d"));
    CHECK_STR(decoded(STR("%c3%A4%00"), false), STR("\xc3\xa4\0"));
    CHECK_STR(decoded(STR("a+b%2Bc"), true), STR("a b+c"));
    CHECK_STR(decoded(STR("a+b"), false), STR("a+b"));
    CHECK_STR(decoded(STR("%"), true), STR("%"));
    CHECK_STR(decoded(STR("%4"), true), STR("%4"));
    CHECK_STR(decoded(STR("%zz%4x%x4"), true), STR("%zz%4x%x4"));
    CHECK_STR(decoded(STR("%%41"), true), STR("%A"));
    CHECK_STR(decoded(STR("%2541"), true), STR("%41")); /* once, not twice */
    CHECK_STR(decoded(STR(""), true), STR(""));
    CHECK_STR(decoded((struct str){ NULL, 0 }, true), STR(""));
}

static bool find(const char *query, const char *name, struct str *out)
{
    struct request req = { .arena = &arena, .query = str_of(query) };
    return query_find(&req, str_of(name), out);
}

static void test_query(void)
{
    struct str v;
    CHECK(find("a=1&b=2&a=3", "a", &v) && str_eq(v, STR("1"))); /* the first one */
    CHECK(find("a=1&b=2", "b", &v) && str_eq(v, STR("2")));
    CHECK(find("a=1&b", "b", &v) && v.n == 0);
    CHECK(find("b=", "b", &v) && v.n == 0);
    CHECK(find("&&=x&b=a=b=c", "b", &v) && str_eq(v, STR("a=b=c")));
    CHECK(find("linked%5Fid=x%26y", "linked_id", &v) && str_eq(v, STR("x&y")));
    CHECK(find("=x", "", &v) && str_eq(v, STR("x")));
    v = STR("kept");
    CHECK(!find("ab=1&b=2", "a", &v) && !find("", "a", &v) && !find("A=1", "a", &v) &&
          !find("a%3D1", "a", &v));
    CHECK(!find("x?a=1", "a", &v) && !find(NULL, "a", &v) && str_eq(v, STR("kept")));
}

static struct str cookie(const char *first, const char *second)
{
    struct header headers[] = { { STR("Cookie"), str_of(first) },
                                { STR("COOKIE"), str_of(second) } };
    struct request req = { .arena = &arena, .headers = headers, .headers_count = second ? 2 : 1 };
    return cookie_value(&req, STR("_iidt"));
}

static void test_cookies(void)
{
    CHECK_STR(cookie("_iidt=abc", NULL), STR("abc"));
    CHECK_STR(cookie("a=1; _iidt=abc; b=2", NULL), STR("abc"));
    CHECK_STR(cookie("a=1;_iidt=abc", NULL), STR("abc"));
    CHECK_STR(cookie("_iidt=a; _iidt=b", NULL), STR("a"));
    CHECK_STR(cookie("_iidt=a=b=", NULL), STR("a=b="));
    CHECK_STR(cookie("x=1", "y=2; _iidt=abc"), STR("abc"));
    CHECK_STR(cookie("_iidt=", NULL), STR(""));
    CHECK_STR(cookie("x_iidt=1; _iidtx=2; _IIDT=3; _iidt", NULL), STR(""));
    CHECK_STR(cookie(";;; =; =x;", NULL), STR(""));
    struct request none = { .arena = &arena };
    CHECK_STR(cookie_value(&none, STR("_iidt")), STR(""));
}

static void test_who_asks(void)
{
    struct store *store;
    struct app app = { .demo = false };
    const struct api_key *key;
    struct api_key secret = { .id = 1, .kind = KEY_SECRET, .workspace = 1, .created_ms = 1 };
    crypto_sha256(secret.hash, STR("fiq_secret_x y"));
    REQUIRE(store_open_memory(&store) == ERR_OK && store_save_key(store, &secret) == ERR_OK);
    REQUIRE(keys_load(&app.keys, store, NULL) == ERR_OK);

    static const struct { const char *name, *value, *query; enum err bearer, api_key; } rows[] = {
        { "X", "", NULL, ERR_KEY_REQUIRED, ERR_KEY_REQUIRED },
        { "Authorization", "Bearer fiq_secret_x y", NULL, ERR_OK, ERR_KEY_REQUIRED },
        { "authorization", "bearer   fiq_secret_x y ", NULL, ERR_OK, ERR_KEY_REQUIRED },
        { "Authorization", "Bearer wrong", NULL, ERR_KEY_NOT_FOUND, ERR_KEY_REQUIRED },
        { "Authorization", "Bearer ", NULL, ERR_KEY_REQUIRED, ERR_KEY_REQUIRED },
        { "Authorization", "Bearer", NULL, ERR_KEY_REQUIRED, ERR_KEY_REQUIRED },
        { "Authorization", "Basic fiq_secret_x y", NULL, ERR_KEY_REQUIRED, ERR_KEY_REQUIRED },
        { "Authorization", "fiq_secret_x y", NULL, ERR_KEY_REQUIRED, ERR_KEY_REQUIRED },
        { "Auth-API-Key", "fiq_secret_x y", NULL, ERR_KEY_REQUIRED, ERR_OK },
        { "auth-api-key", "wrong", NULL, ERR_KEY_REQUIRED, ERR_KEY_NOT_FOUND },
        { "auth-api-key", "", "api_key=fiq_secret_x+y", ERR_KEY_REQUIRED, ERR_KEY_REQUIRED },
        { "X", "", "api_key=fiq_secret_x+y", ERR_KEY_REQUIRED, ERR_OK },
        { "X", "", "api_key=fiq_secret_x%20y", ERR_KEY_REQUIRED, ERR_OK },
        { "X", "", "api_key=", ERR_KEY_REQUIRED, ERR_KEY_REQUIRED },
        { "Auth-API-Key", "wrong", "api_key=fiq_secret_x+y", ERR_KEY_REQUIRED, ERR_KEY_NOT_FOUND },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct header header = { str_of(rows[i].name), str_of(rows[i].value) };
        struct request req = { .arena = &arena, .headers = &header, .headers_count = 1,
                               .query = str_of(rows[i].query) };
        CHECK_INT(auth_bearer(&app, &req, &key), rows[i].bearer);
        CHECK_INT(auth_api_key(&app, &req, &key), rows[i].api_key);
    }
    keys_free(app.keys);
    store_close(store);
}

static void test_environments(void)
{
    struct event ev = { .environment = 2 };
    event_set(&ev, EVENT_environment);
    CHECK(auth_sees(&(struct api_key){ .environment = 0 }, &ev)); /* the whole workspace */
    CHECK(auth_sees(&(struct api_key){ .environment = 2 }, &ev));
    CHECK(!auth_sees(&(struct api_key){ .environment = 1 }, &ev));
}

static void test_path_fits(void)
{
    struct str tail = { NULL, 0 };
    CHECK(path_fits("/v1/identify", STR("/v1/identify"), &tail) &&
          !path_fits("/v1/identify", STR("/v1/identify/"), &tail));
    CHECK(!path_fits("/v1/identify", STR("/v1/identif"), &tail) &&
          !path_fits("/v1/identify", STR("/V1/identify"), &tail));
    CHECK(path_fits("/events/*", STR("/events/1.a"), &tail) && str_eq(tail, STR("1.a")));
    CHECK(path_fits("/events/*", STR("/events/%2F"), &tail) && str_eq(tail, STR("%2F")));
    CHECK(!path_fits("/events/*", STR("/events/"), &tail) &&
          !path_fits("/events/*", STR("/events"), &tail));
    CHECK(!path_fits("/events/*", STR("/events/a/b"), &tail) &&
          !path_fits("/events/*", STR("/eventsx/a"), &tail));
}

static void test_routes(void)
{
    for (size_t i = 0; i < COUNT_OF(routes); i++) {
        CHECK(routes[i].path[0] == '/' && routes[i].handle);
        for (size_t k = 0; k < i; k++)
            CHECK(strcmp(routes[i].path, routes[k].path) != 0 ||
                  strcmp(routes[i].method, routes[k].method) != 0);
    }
    CHECK(method_fits("GET", STR("GET")) && method_fits("GET", STR("HEAD")) &&
          !method_fits("POST", STR("HEAD")));
    CHECK(!method_fits("GET", STR("get")) && !method_fits("GET", STR("")));
    CHECK_STR(without_double_slash(STR("//v1/identify")), STR("/v1/identify"));
    CHECK_STR(without_double_slash(STR("////")), STR("/"));
    CHECK_STR(without_double_slash(STR("/a//b")), STR("/a//b"));
}

static void test_forms_of_errors(void)
{
    CHECK(form_of_path(STR("GET"), STR("/v4/events/x")) == FORM_V4 &&
          form_of_path(STR("GET"), STR("/events/x")) == FORM_V3);
    CHECK(form_of_path(STR("GET"), STR("/visitors/x")) == FORM_V3_PLAIN &&
          form_of_path(STR("GET"), STR("/v1/identify")) == FORM_FIQ);
    CHECK(form_of_path(STR("DELETE"), STR("/visitors/x")) == FORM_V3);
    CHECK(form_of_path(STR("GET"), STR("/related-visitors")) == FORM_V3 &&
          form_of_path(STR("GET"), STR("/")) == FORM_FIQ);
    CHECK(form_of_path(STR(""), (struct str){ NULL, 0 }) ==
          FORM_FIQ); /* the request line could not be read */
}

static void test_time_of_tests(void)
{
    struct store *store; /* its retention follows the test's time */
    REQUIRE(store_open_memory(&store) == ERR_OK);
    struct app app = { .test_clock = true, .identify.store = store };
    struct header header = { STR("X-Test-Now-Ms"), STR("2000") };
    struct request req = { .arena = &arena, .headers = &header, .headers_count = 1 },
                   plain = { .arena = &arena };
    int64_t ms = 0;
    CHECK(app_now_ms(&app, &plain, &ms) == ERR_OK && ms > 1700000000000); /* nothing said yet */
    CHECK(app_now_ms(&app, &req, &ms) == ERR_OK && ms == 2000);
    header.value = STR("1000");
    CHECK(app_now_ms(&app, &req, &ms) == ERR_OK && ms == 1000);
    CHECK(app_now_ms(&app, &plain, &ms) == ERR_OK && ms == 2000); /* the latest holds */
    static const char *const bad[] = { "x", "-1", "1.5", "4398046511104", "99999999999999999999" };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        header.value = str_of(bad[i]);
        CHECK_INT(app_now_ms(&app, &req, &ms), ERR_BAD_REQUEST);
    }
    app.test_clock = false;
    CHECK(app_now_ms(&app, &req, &ms) == ERR_OK && ms > 1700000000000); /* not listened to */
    store_close(store);
}

int main(void)
{
    arena_init(&arena, 1 << 20);
    RUN(test_percent_decoding);
    RUN(test_query);
    RUN(test_cookies);
    RUN(test_who_asks);
    RUN(test_environments);
    RUN(test_path_fits);
    RUN(test_routes);
    RUN(test_forms_of_errors);
    RUN(test_time_of_tests);
    arena_free(&arena);
    return test_end();
}
