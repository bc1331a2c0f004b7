/* bot_keys - see bot_keys.h. There are a few dozen keys at most, so they are a list. */
#include "identify/enrich/bot_keys.h"

#include "base/crypto.h"
#include "base/json_in.h"
#include "base/limits.h"

#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <stdlib.h>

enum { RSA_BITS_MIN = 2048, RSA_BYTES_MAX = 1024, ED25519_BYTES = 32 };

struct bot_keys {
    struct bot_key list[BOT_KEYS_MAX];
    size_t count;
    char *origins[BOT_KEYS_MAX];
    size_t origins_count;
};

enum err bot_keys_create(struct bot_keys **out)
{
    *out = calloc(1, sizeof **out);
    return *out ? ERR_OK : ERR_NO_MEMORY;
}

void bot_keys_destroy(struct bot_keys *keys)
{
    if (!keys) return;
    for (size_t i = 0; i < keys->count; i++) EVP_PKEY_free(keys->list[i].key);
    for (size_t i = 0; i < keys->origins_count; i++) free(keys->origins[i]);
    free(keys);
}

/* ---- one key ---- */

/* RFC 7638, section 3: the required members in the order of their names, without blanks. The values
 * are base64url, so nothing needs escaping. */
static bool make_thumbprint(struct bot_key *key, struct arena *arena, struct str first,
                            struct str second)
{
    uint8_t digest[SHA256_BYTES];
    struct str text =
        key->type == BOT_KEY_ED25519
            ? arena_format(arena, "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"%.*s\"}",
                           STR_ARG(first))
            : arena_format(arena, "{\"e\":\"%.*s\",\"kty\":\"RSA\",\"n\":\"%.*s\"}", STR_ARG(first),
                           STR_ARG(second));
    if (!text.n) return false;
    crypto_sha256(digest, text);
    return base64url_encode(key->thumbprint, digest, sizeof digest) == THUMBPRINT_BYTES;
}

static EVP_PKEY *make_rsa(struct str n_bytes, struct str e_bytes)
{
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = NULL;
    BIGNUM *n = BN_bin2bn((const uint8_t *)n_bytes.p, (int)n_bytes.n, NULL);
    BIGNUM *e = BN_bin2bn((const uint8_t *)e_bytes.p, (int)e_bytes.n, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    if (n && e && build && context && BN_num_bits(n) >= RSA_BITS_MIN && BN_is_odd(n) &&
        BN_is_odd(e) && !BN_is_one(e) && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) &&
        (params = OSSL_PARAM_BLD_to_param(build)) && EVP_PKEY_fromdata_init(context) > 0 &&
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    EVP_PKEY_CTX_free(context);
    BN_free(n);
    BN_free(e);
    return key;
}

static bool get_text(struct json object, const char *name, struct str *out)
{
    struct json value;
    return json_get(object, str_of(name), &value) && json_str(value, out);
}

/* Seconds since 1970. Directories have been seen with milliseconds too: no date in seconds before
 * the year 5000 has 12 digits. */
static int64_t get_time(struct json object, const char *name)
{
    struct json value;
    int64_t time = 0;
    if (!json_get(object, str_of(name), &value) || !json_i64(value, &time)) return 0;
    return time > 99999999999 ? time / 1000 : time;
}

static bool read_okp(struct bot_key *out, struct json jwk, struct arena *arena)
{
    struct str curve, x;
    uint8_t bytes[ED25519_BYTES];
    if (!get_text(jwk, "crv", &curve) || !str_eq(curve, STR("Ed25519"))) return false;
    if (!get_text(jwk, "x", &x) || base64url_decode(bytes, sizeof bytes, x) != sizeof bytes)
        return false;
    out->type = BOT_KEY_ED25519;
    if (!make_thumbprint(out, arena, x, x)) return false;
    out->key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, sizeof bytes);
    return out->key != NULL;
}

static bool read_rsa(struct bot_key *out, struct json jwk, struct arena *arena)
{
    struct str n, e;
    uint8_t n_bytes[RSA_BYTES_MAX], e_bytes[8];
    if (!get_text(jwk, "n", &n) || !get_text(jwk, "e", &e)) return false;
    size_t n_count = base64url_decode(n_bytes, sizeof n_bytes, n);
    size_t e_count = base64url_decode(e_bytes, sizeof e_bytes, e);
    if (n_count == SIZE_MAX || e_count == SIZE_MAX) return false;
    out->type = BOT_KEY_RSA;
    if (!make_thumbprint(out, arena, e, n)) return false;
    out->key = make_rsa((struct str){ (char *)n_bytes, n_count },
                        (struct str){ (char *)e_bytes, e_count });
    return out->key != NULL;
}

static bool read_key(struct bot_key *out, struct json jwk, struct arena *arena)
{
    struct str type;
    *out = (struct bot_key){ .not_before_s = get_time(jwk, "nbf"),
                             .not_after_s = get_time(jwk, "exp") };
    if (!get_text(jwk, "kty", &type)) return false;
    if (str_eq(type, STR("OKP"))) return read_okp(out, jwk, arena);
    return str_eq(type, STR("RSA")) && read_rsa(out, jwk, arena);
}

/* ---- origins ---- */

static bool is_host_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool bot_origin(struct str url, bool path_too, struct arena *arena, struct str *out)
{
    static const char scheme[] = "https://";
    size_t start = sizeof scheme - 1, end = start;
    struct str copy = arena_copy(arena, url);
    if (url.n <= start || copy.n != url.n || copy.n > ORIGIN_BYTES_MAX) return false;
    char *p = (char *)(uintptr_t)copy.p;
    while (end < copy.n && p[end] != '/' && p[end] != '?' && p[end] != '#') end++;
    for (size_t i = 0; i < end; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    if (!str_starts(copy, STR("https://"))) return false;
    if (end < copy.n && !(p[end] == '/' && (path_too || end + 1 == copy.n))) return false;
    struct str host = str_sub(copy, start, end), port = { "", 0 };
    size_t colon = str_find_char(host, ':', 0);
    uint64_t number = 443;
    if (colon != SIZE_MAX) {
        port = str_sub(host, colon + 1, host.n);
        host.n = colon;
        if (!str_to_u64(port, &number) || number == 0 || number > 65535) return false;
    }
    for (size_t i = 0; i < host.n; i++)
        if (!is_host_byte(host.p[i])) return false;
    if (!host.n) return false;
    *out = number == 443 ? str_sub(copy, 0, start + host.n) : str_sub(copy, 0, end);
    return true;
}

bool bot_keys_know(const struct bot_keys *keys, struct str origin)
{
    for (size_t i = 0; i < keys->origins_count; i++)
        if (str_eq(str_of(keys->origins[i]), origin)) return true;
    return false;
}

/* ---- documents ---- */

static enum err add_keys(struct bot_keys *keys, const char *origin, struct json root,
                         struct arena *arena, const char **problem)
{
    struct json list;
    size_t before = keys->count;
    *problem = "it is no JSON Web Key Set: there is no array \"keys\"";
    if (!json_get(root, STR("keys"), &list) || json_type(list) != JSON_ARRAY) return ERR_MALFORMED;
    for (struct json_each it = json_each(list); json_next(&it);) {
        struct bot_key key;
        if (!read_key(&key, it.value, arena)) continue;
        if (keys->count == BOT_KEYS_MAX) {
            EVP_PKEY_free(key.key);
            *problem = "there are too many keys";
            return ERR_USAGE;
        }
        key.origin = origin;
        keys->list[keys->count++] = key;
    }
    *problem = "it has no Ed25519 key and no RSA key of 2,048 to 8,192 bits";
    return keys->count > before ? ERR_OK : ERR_MALFORMED;
}

static enum err read_document(struct bot_keys *keys, const char *origin, struct str document,
                              struct arena *arena, const char **problem)
{
    struct json root;
    struct str text = json_padded(arena, document);
    struct json_parser *parser = json_parser_create();
    enum err e = text.p && parser ? json_parse(parser, text, &root) : ERR_NO_MEMORY;
    *problem = e == ERR_MALFORMED ? json_parse_problem(parser) : "there is no memory";
    if (!e) e = add_keys(keys, origin, root, arena, problem);
    json_parser_destroy(parser);
    return e;
}

static void remove_keys_from(struct bot_keys *keys, size_t first)
{
    while (keys->count > first) EVP_PKEY_free(keys->list[--keys->count].key);
}

enum err bot_keys_add(struct bot_keys *keys, struct str url, struct str document,
                      const char **problem)
{
    struct arena arena;
    struct str origin;
    char *name = NULL;
    size_t before = keys->count;
    enum err e = ERR_OK;
    arena_init(&arena, 1024 * 1024);
    if (!bot_origin(url, false, &arena, &origin)) {
        *problem = "an origin is https://HOST or https://HOST:PORT";
        e = ERR_USAGE;
    } else if (bot_keys_know(keys, origin)) {
        *problem = "this origin has keys already";
        e = ERR_USAGE;
    } else if (document.n > BOT_KEYS_FILE_BYTES_MAX || keys->origins_count == BOT_KEYS_MAX) {
        *problem = "it is larger than 64 kB, or there are too many";
        e = ERR_USAGE;
    } else if (!(name = strndup(origin.p, origin.n))) {
        *problem = "there is no memory";
        e = ERR_NO_MEMORY;
    }
    if (!e) e = read_document(keys, name, document, &arena, problem);
    if (e) {
        remove_keys_from(keys, before);
        free(name);
    } else {
        keys->origins[keys->origins_count++] = name;
    }
    arena_free(&arena);
    return e;
}

/* ---- reading ---- */

size_t bot_keys_count(const struct bot_keys *keys)
{
    return keys->count;
}

const struct bot_key *bot_keys_find(const struct bot_keys *keys, struct str origin,
                                    struct str thumbprint)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct bot_key *key = &keys->list[i];
        if (origin.p && !str_eq(str_of(key->origin), origin)) continue;
        if (str_eq((struct str){ key->thumbprint, THUMBPRINT_BYTES }, thumbprint)) return key;
    }
    return NULL;
}

/* RFC 9421, 3.3.1 (RSASSA-PSS with SHA-512, a salt of 64 bytes) and 3.3.6 (Ed25519). */
bool bot_key_verifies(const struct bot_key *key, struct str message, struct str signature)
{
    EVP_PKEY_CTX *pss;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool rsa = key->type == BOT_KEY_RSA;
    bool ready = context && EVP_DigestVerifyInit(context, &pss, rsa ? EVP_sha512() : NULL, NULL,
                                                 key->key) > 0;
    if (ready && rsa)
        ready = EVP_PKEY_CTX_set_rsa_padding(pss, RSA_PKCS1_PSS_PADDING) > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_saltlen(pss, RSA_PSS_SALTLEN_DIGEST) > 0;
    bool good = ready && EVP_DigestVerify(context, (const uint8_t *)signature.p, signature.n,
                                          (const uint8_t *)message.p, message.n) == 1;
    EVP_MD_CTX_free(context);
    return good;
}
