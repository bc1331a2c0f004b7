#include "base/crypto.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static struct str hex(const uint8_t *bytes, size_t n)
{
    static char text[256];
    hex_encode(text, bytes, n);
    return (struct str){ text, 2 * n };
}

static void test_sha256(void)
{
    static char million[1000000];
    memset(million, 'a', sizeof million);
    const struct { struct str message; const char *digest; } rows[] = { /* FIPS 180-2, appendix B */
        { STR(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { STR("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
        { { million, sizeof million },
          "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t out[SHA256_BYTES];
        crypto_sha256(out, rows[i].message);
        CHECK_STR(hex(out, sizeof out), str_of(rows[i].digest));
    }
}

static struct str repeated(char c, size_t n)
{
    static char text[2][256];
    static unsigned turn;
    char *p = text[turn++ % 2];
    memset(p, c, n);
    return (struct str){ p, n };
}

/* RFC 4231. */
static void test_hmac(void)
{
    static char counting[25];
    for (size_t i = 0; i < sizeof counting; i++) counting[i] = (char)(i + 1);
    const struct { struct str key, message; const char *want; } rows[] = {
        { repeated(0x0b, 20), STR("Hi There"),
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { STR("Jefe"), STR("what do ya want for nothing?"),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { { counting, sizeof counting }, repeated((char)0xcd, 50),
          "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t out[SHA256_BYTES];
        struct hmac *hmac = hmac_create(rows[i].key);
        REQUIRE(hmac);
        for (int again = 0; again < 2; again++) { /* the key stays ready */
            hmac_sign(hmac, rows[i].message, out);
            CHECK_STR(hex(out, sizeof out), str_of(rows[i].want));
        }
        hmac_destroy(hmac);
    }
    hmac_destroy(NULL);
}

/* RFC 4231, cases 3, 6 and 7: long keys are hashed first. */
static void test_hmac_long_keys(void)
{
    const struct { size_t key_n; char key; struct str message; const char *want; } rows[] = {
        { 20, (char)0xaa, repeated((char)0xdd, 50),
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe" },
        { 131, (char)0xaa, STR("Test Using Larger Than Block-Size Key - Hash Key First"),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { 131, (char)0xaa, STR("This is a test using a larger than block-size key and a larger t"
                               "han block-size data. The key needs to be hashed before being use"
                               "d by the HMAC algorithm."),
          "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2" },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t out[SHA256_BYTES];
        struct hmac *hmac = hmac_create(repeated(rows[i].key, rows[i].key_n));
        REQUIRE(hmac);
        hmac_sign(hmac, rows[i].message, out);
        CHECK_STR(hex(out, sizeof out), str_of(rows[i].want));
        hmac_destroy(hmac);
    }
    struct hmac *empty = hmac_create((struct str){ NULL, 0 });
    uint8_t out[SHA256_BYTES];
    REQUIRE(empty);
    hmac_sign(empty, STR(""), out);
    CHECK_STR(hex(out, sizeof out),
              STR("b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"));
    hmac_destroy(empty);
}

static void test_equal(void)
{
    CHECK(crypto_equal(STR("same"), STR("same")) && crypto_equal(STR(""), (struct str){ NULL, 0 }));
    CHECK(!crypto_equal(STR("same"), STR("samf")) && !crypto_equal(STR("same"), STR("sam")));
    CHECK(!crypto_equal(STR("a\0b"), STR("a\0c")));
}

static const uint8_t key[SEAL_KEY_BYTES] = { 1, 2, 3 };

static void test_seal_and_open(void)
{
    const struct str plains[] = { STR(""), STR("x"),
                                  STR("a secret of some length, with \0 in it") };
    for (size_t i = 0; i < COUNT_OF(plains); i++) {
        uint8_t sealed[128], again[128], back[128];
        size_t n = plains[i].n + SEAL_OVERHEAD_BYTES;
        CHECK(crypto_seal(sealed, key, STR("name"), plains[i]) == ERR_OK);
        CHECK(crypto_seal(again, key, STR("name"), plains[i]) == ERR_OK);
        CHECK(memcmp(sealed, again, n) != 0); /* the nonce is new each time */
        if (plains[i].n > 8) CHECK(!memmem(sealed, n, plains[i].p, plains[i].n));
        CHECK(crypto_open(back, key, STR("name"), (struct str){ (char *)sealed, n }) == ERR_OK);
        CHECK(str_eq((struct str){ (char *)back, plains[i].n }, plains[i]));
        CHECK(crypto_seal(sealed, key, STR(""), plains[i]) == ERR_OK);
        CHECK(crypto_open(back, key, STR(""), (struct str){ (char *)sealed, n }) == ERR_OK);
    }
}

static void test_tampering_is_found(void)
{
    const struct str plain = STR("0123456789abcdef0123456789abcdef");
    uint8_t sealed[64 + SEAL_OVERHEAD_BYTES], back[64], other_key[SEAL_KEY_BYTES];
    const struct str all = { (char *)sealed, plain.n + SEAL_OVERHEAD_BYTES };
    REQUIRE(crypto_seal(sealed, key, STR("token-key/1"), plain) == ERR_OK);
    for (size_t bit = 0; bit < all.n * 8; bit++) {
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(crypto_open(back, key, STR("token-key/1"), all) == ERR_CORRUPT);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(crypto_open(back, key, STR("token-key/2"), all) == ERR_CORRUPT);
    CHECK(crypto_open(back, key, STR("token-key/"), all) == ERR_CORRUPT);
    CHECK(crypto_open(back, key, STR(""), all) == ERR_CORRUPT);
    memcpy(other_key, key, sizeof key);
    other_key[31] ^= 1;
    CHECK(crypto_open(back, other_key, STR("token-key/1"), all) == ERR_CORRUPT);
    for (size_t n = 0; n < all.n; n++) {
        char *cut = malloc(n + 1); /* exact, for AddressSanitizer */
        memcpy(cut, sealed, n);
        CHECK(crypto_open(back, key, STR("token-key/1"), (struct str){ cut, n }) == ERR_CORRUPT);
        free(cut);
    }
    CHECK(crypto_open(back, key, STR("token-key/1"), all) == ERR_OK);
}

int main(void)
{
    RUN(test_sha256);
    RUN(test_hmac);
    RUN(test_hmac_long_keys);
    RUN(test_equal);
    RUN(test_seal_and_open);
    RUN(test_tampering_is_found);
    return test_end();
}
