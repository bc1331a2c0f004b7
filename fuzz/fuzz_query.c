/* fuzz_query - the small texts of a request: query, cookies, X-Forwarded-For, origins, ids. One
 * input is all of them, a line each. */
#include "api/app.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool inside(struct str part, struct str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_query(struct request *req, struct str line)
{
    struct str value, decoded = percent_decode(req->arena, line, true);
    assert(decoded.n <= line.n);
    decoded = percent_decode(req->arena, line, false);
    for (size_t i = 0, n = 0; i < line.n && n < decoded.n; i++, n++) /* a plus stays one */
        if (line.p[i] == '%') break;
        else assert(decoded.p[n] == line.p[i]);
    req->query = line;
    if (query_find(req, STR("limit"), &value)) assert(value.n <= line.n);
    else assert(!str_starts(line, STR("limit=")));
}

static void check_cookie(struct request *req, struct str line)
{
    struct header header = { STR("cookie"), line };
    req->headers = &header, req->headers_count = 1;
    struct str value = cookie_value(req, STR("_iidt"));
    assert(inside(value, line) || value.n == 0);
    assert(str_find_char(value, ';', 0) == SIZE_MAX);
    req->headers = NULL, req->headers_count = 0;
}

static void check_address(struct str line)
{
    struct networks trusted = { .count = 1 };
    struct forwarded found;
    struct address peer, client, again;
    struct network network;
    char text[ADDRESS_TEXT_BYTES];
    bool ok =
        network_parse(&trusted.list[0], STR("10.0.0.0/8")) && address_parse(&peer, STR("10.0.0.1"));
    assert(ok);
    forwarded_find(&found, &peer, &(struct forwarded_lines){ .x_for = line }, &trusted, FORWARDED_AUTO);
    client = found.client;
    size_t n = address_print(text, &client);
    ok = address_parse(&again, (struct str){ text, n });
    assert(ok && memcmp(&again, &client, sizeof again) == 0);
    if (network_parse(&network, line)) {
        trusted.list[0] = network;
        assert(networks_have(&trusted, &network.base));
    }
}

static void check_origin(struct str line)
{
    struct api_key key = { .origins = STR("https://*.shop.example http://localhost:3000") };
    if (key_allows_origin(&key, line)) {
        assert(line.n >= 21 || str_eq_nocase(line, STR("http://localhost:3000")));
        assert(str_eq_nocase(str_sub(line, 0, 7), STR("http://")) ||
               (str_eq_nocase(str_sub(line, 0, 8), STR("https://")) &&
                str_eq_nocase(str_sub(line, line.n - 13, line.n), STR(".shop.example"))));
    }
    if (origin_pattern_valid(line)) {
        assert(str_find_char(line, ' ', 0) == SIZE_MAX && str_find_char(line, '\0', 0) == SIZE_MAX);
        key.origins = line; /* a pattern without a wildcard allows itself */
        assert(key_allows_origin(&key, line));
    }
}

static void check_ids(struct str line)
{
    char a[ID_TEXT_BYTES], b[ID_TEXT_BYTES];
    struct visitor_id visitor;
    struct event_id event;
    if (visitor_id_parse(line, &visitor))
        assert(str_eq(line, (struct str){ a, visitor_id_print_ulid(a, visitor) }) ||
               str_eq(line, (struct str){ b, visitor_id_print_base62(b, visitor) }));
    if (event_id_parse(line, &event))
        assert(str_eq(line, (struct str){ a, event_id_print_ulid(a, event) }) ||
               str_eq(line, (struct str){ b, event_id_print_base62(b, event) }));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    char *copy = malloc(size + 1);
    if (!copy) abort();
    if (size) memcpy(copy, data, size);
    struct str rest = { copy, size }, line;
    arena_init(&arena, 64 << 20);
    struct request req = { .arena = &arena };
    while (str_split(&rest, '\n', &line)) {
        check_query(&req, line);
        check_cookie(&req, line);
        check_address(line);
        check_origin(line);
        check_ids(line);
    }
    free(copy);
    arena_free(&arena);
    return 0;
}
