#include "identify/token.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static struct token_keys keys;
static const struct visitor_id visitor = { 0x0012345678abcdef, 0x1122334455667788 };
static const int64_t now_ms = 1765432100123;

static struct str made(char out[TOKEN_CHARS], uint32_t workspace)
{
    token_make(out, &keys, workspace, visitor, now_ms);
    return (struct str){ out, TOKEN_CHARS };
}

static bool reads(struct str text, uint32_t workspace, int64_t at_ms)
{
    struct visitor_id id;
    int64_t issued_ms;
    return token_read(&id, &issued_ms, &keys, workspace, at_ms, text);
}

static void test_round_trip(void)
{
    char text[TOKEN_CHARS];
    struct visitor_id id = { 0, 0 };
    int64_t issued_ms = 0;
    CHECK(token_read(&id, &issued_ms, &keys, 7, now_ms, made(text, 7)));
    CHECK(visitor_id_eq(id, visitor));
    CHECK_INT(issued_ms, now_ms);
}

static void test_every_flipped_bit_is_refused(void)
{
    char text[TOKEN_CHARS], changed[TOKEN_CHARS];
    uint8_t raw[64];
    size_t n = base64url_decode(raw, sizeof raw, made(text, 7));
    REQUIRE(n == 40);
    for (size_t bit = 0; bit < n * 8; bit++) {
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
        base64url_encode(changed, raw, n);
        CHECK(!reads((struct str){ changed, TOKEN_CHARS }, 7, now_ms));
        raw[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t i = 0; i < TOKEN_CHARS; i++) /* no other spelling is accepted */
        for (unsigned c = 0; c < 256; c++) {
            memcpy(changed, text, sizeof changed);
            changed[i] = (char)c;
            CHECK(reads((struct str){ changed, TOKEN_CHARS }, 7, now_ms) ==
                  (changed[i] == text[i]));
        }
}

static void test_every_length(void)
{
    char text[TOKEN_CHARS];
    made(text, 7);
    for (size_t n = 0; n < TOKEN_CHARS; n++) {
        char *exact = malloc(n + 1);
        memcpy(exact, text, n);
        CHECK(!reads((struct str){ exact, n }, 7, now_ms));
        free(exact);
    }
    char longer[TOKEN_CHARS + 1];
    memcpy(longer, text, TOKEN_CHARS), longer[TOKEN_CHARS] = 'A';
    CHECK(!reads((struct str){ longer, sizeof longer }, 7, now_ms));
    CHECK(!reads((struct str){ NULL, 0 }, 7, now_ms));
}

static void test_workspaces(void)
{
    char text[TOKEN_CHARS];
    struct str token = made(text, 7);
    CHECK(reads(token, 7, now_ms));
    CHECK(!reads(token, 8, now_ms) && !reads(token, 0, now_ms) && !reads(token, 7 << 8, now_ms));
}

static void test_lifetime(void)
{
    char text[TOKEN_CHARS];
    struct str token = made(text, 1);
    CHECK(reads(token, 1, now_ms + TOKEN_LIFETIME_MS));
    CHECK(!reads(token, 1, now_ms + TOKEN_LIFETIME_MS + 1));
    CHECK(reads(token, 1, now_ms - 1000)); /* clocks of two servers differ */
    CHECK(!reads(token, 1, INT64_MAX));
}

static void test_rotation(void)
{
    struct token_keys rotating = { .current = 0 };
    char old_text[TOKEN_CHARS], new_text[TOKEN_CHARS];
    struct visitor_id id;
    int64_t ms;
    REQUIRE(token_keys_add(&rotating, 3, STR("an older secret")) == ERR_OK);
    token_make(old_text, &rotating, 1, visitor, now_ms);
    REQUIRE(token_keys_add(&rotating, 200, STR("a newer secret")) == ERR_OK);
    token_make(new_text, &rotating, 1, visitor, now_ms);
    const struct str older = { old_text, TOKEN_CHARS }, newer = { new_text, TOKEN_CHARS };
    CHECK_INT(rotating.current, 200);
    CHECK(!str_eq(older, newer));
    CHECK(token_read(&id, &ms, &rotating, 1, now_ms, older) &&
          token_read(&id, &ms, &rotating, 1, now_ms, newer));
    REQUIRE(token_keys_add(&rotating, 2, STR("the oldest secret")) == ERR_OK);
    CHECK_INT(rotating.current, 200); /* adding an old one does not make it sign */
    struct token_keys only_new = { .current = 0 };
    REQUIRE(token_keys_add(&only_new, 200, STR("a newer secret")) == ERR_OK);
    CHECK(!token_read(&id, &ms, &only_new, 1, now_ms, older) &&
          token_read(&id, &ms, &only_new, 1, now_ms, newer));
    REQUIRE(token_keys_add(&only_new, 200, STR("another secret of that number")) == ERR_OK);
    CHECK(!token_read(&id, &ms, &only_new, 1, now_ms, newer));
    token_keys_free(&rotating), token_keys_free(&only_new);
    token_keys_free(&only_new); /* twice does no harm */
}

/* Signed by another secret under the same number. */
static void test_forged(void)
{
    struct token_keys mine = { .current = 0 };
    char text[TOKEN_CHARS];
    REQUIRE(token_keys_add(&mine, 1, STR("a guess")) == ERR_OK);
    token_make(text, &mine, 1, visitor, now_ms);
    CHECK(!reads((struct str){ text, TOKEN_CHARS }, 1, now_ms));
    token_keys_free(&mine);
}

/* In cookies that live 400 days. */
static void test_layout_is_the_same_for_ever(void)
{
    char text[TOKEN_CHARS];
    CHECK_STR(made(text, 7), STR("AQEAEjRWeKvN7xEiM0RVZneIAZsL9AUbBd9Qa45c5EWPNT94Hg9ijg"));
}

int main(void)
{
    REQUIRE(token_keys_add(&keys, 1, STR("0123456789abcdef0123456789abcdef")) == ERR_OK);
    RUN(test_round_trip);
    RUN(test_every_flipped_bit_is_refused);
    RUN(test_every_length);
    RUN(test_workspaces);
    RUN(test_lifetime);
    RUN(test_rotation);
    RUN(test_forged);
    RUN(test_layout_is_the_same_for_ever);
    token_keys_free(&keys);
    return test_end();
}
