/* v4's pagination keys: what comes back, and what is refused. */
#include "api/page_key.h"
#include "tests/unit/test.h"

static void test_keys(void)
{
    static struct token_keys keys, others;
    const char secret[TOKEN_KEY_BYTES + 1] = "0123456789abcdef0123456789abcdef";
    const char other[TOKEN_KEY_BYTES + 1] = "1123456789abcdef0123456789abcdef";
    REQUIRE(token_keys_add(&keys, 3, (struct str){ secret, TOKEN_KEY_BYTES }) == ERR_OK);
    REQUIRE(token_keys_add(&others, 3, (struct str){ other, TOKEN_KEY_BYTES }) == ERR_OK);
    struct page_key page = { true, { 1765432100123, 0x123456789 }, 0, 1765432100999 }, read = { 0 };
    char text[PAGE_KEY_CHARS_MAX];
    size_t n = page_key_print(text, &keys, 7, &page);
    struct str whole = { text, n };
    CHECK(n <= sizeof text);
    CHECK(page_key_read(&read, &keys, 7, whole));
    CHECK(read.reverse && read.last.time_ms == page.last.time_ms && read.last.random == page.last.random);
    CHECK(read.first_ms == 0 && read.last_ms == page.last_ms);
    CHECK(!page_key_read(&read, &keys, 8, whole));    /* another workspace */
    CHECK(!page_key_read(&read, &others, 7, whole));  /* another installation */
    CHECK(!page_key_read(&read, &keys, 7, str_sub(whole, 0, n - 1)));
    CHECK(!page_key_read(&read, &keys, 7, STR("")));
    for (size_t i = 0; i < n; i++) { /* each character counts */
        char kept = text[i];
        text[i] = kept == 'A' ? 'B' : 'A';
        CHECK(!page_key_read(&read, &keys, 7, whole));
        text[i] = kept;
    }
    token_keys_free(&keys);
    token_keys_free(&others);
}

int main(void)
{
    RUN(test_keys);
    return test_end();
}
