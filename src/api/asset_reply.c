/* asset_reply - see asset_reply.h. */
#include "api/asset_reply.h"

#include "api/assets.h"
#include "base/json_out.h"

#include <assert.h>
#include <zlib.h>

enum { GZIP_END_BYTES = 8 };

static const struct asset *find(const char *name)
{
    for (size_t i = 0; i < assets_count; i++)
        if (strcmp(assets[i].name, name) == 0) return &assets[i];
    return NULL;
}

static struct str with_key(struct arena *arena, struct str text, struct str key)
{
    const struct str mark = STR("__WHORL_KEY__");
    struct json_out out;
    json_out_init(&out, arena);
    for (;;) {
        const char *hit = text.n ? memmem(text.p, text.n, mark.p, mark.n) : NULL;
        if (!hit) break;
        size_t at = (size_t)(hit - text.p);
        json_out_raw(&out, str_sub(text, 0, at));
        json_out_raw(&out, key);
        text = str_sub(text, at + mark.n, text.n);
    }
    json_out_raw(&out, text);
    return json_out_text(&out);
}

void reply_asset(struct reply *reply, const char *name, struct str key)
{
    const struct asset *asset = find(name);
    if (!asset) {
        reply_error(reply, ERR_NOT_FOUND, NULL);
        return;
    }
    struct str text = { (const char *)asset->bytes, asset->n };
    reply_header(reply, "X-Content-Type-Options", STR("nosniff"));
    reply_bytes(reply, 200, asset->content_type, with_key(reply->req->arena, text, key));
}

/* Is that coding named in Accept-Encoding, with another weight than 0? */
static bool accepts(const struct request *req, struct str coding)
{
    struct str rest = request_header(req, STR("Accept-Encoding")), entry, name;
    while (str_split(&rest, ',', &entry)) {
        str_split(&entry, ';', &name);
        if (!str_eq_nocase(str_trim(name), coding)) continue;
        struct str weight = str_trim(entry);
        if (!str_eq_nocase(str_sub(weight, 0, 2), STR("q="))) return true;
        for (size_t i = 2; i < weight.n; i++)
            if (weight.p[i] >= '1' && weight.p[i] <= '9') return true;
        return false;
    }
    return false;
}

static void put_head(char head[ASSET_HEAD_BYTES], const struct asset *asset, struct str config)
{
    size_t open = strlen(asset->open);
    assert(open + config.n <= ASSET_HEAD_BYTES - 2);
    memset(head, ' ', ASSET_HEAD_BYTES);
    memcpy(head, asset->open, open);
    memcpy(head + open, config.p, config.n);
    memcpy(head + ASSET_HEAD_BYTES - 2, ";\n", 2);
}

/* The checksum and length that end a gzip stream (RFC 1952, section 2.3.1), little endian. */
static void put_gzip_end(char *end, const struct asset *asset, const char *head)
{
    uLong sum = crc32(0, (const Bytef *)head, ASSET_HEAD_BYTES);
    sum = crc32_combine(sum, asset->checksum, (z_off_t)asset->n);
    size_t n = ASSET_HEAD_BYTES + asset->n;
    for (int i = 0; i < 4; i++) {
        end[i] = (char)(sum >> 8 * i);
        end[4 + i] = (char)(n >> 8 * i);
    }
}

static struct str join(struct arena *arena, const struct asset *asset, const char *head,
                       const struct asset_coding *coding)
{
    bool gzip = coding == &asset->gzip;
    size_t before = coding ? coding->prefix_n : 0, rest = coding ? coding->rest_n : asset->n;
    size_t n = before + ASSET_HEAD_BYTES + rest + (gzip ? GZIP_END_BYTES : 0);
    char *p = arena_alloc(arena, n);
    if (!p) return (struct str){ NULL, 0 };
    if (coding) memcpy(p, coding->prefix, before);
    memcpy(p + before, head, ASSET_HEAD_BYTES);
    memcpy(p + before + ASSET_HEAD_BYTES, coding ? coding->rest : asset->bytes, rest);
    if (gzip) put_gzip_end(p + n - GZIP_END_BYTES, asset, head);
    return (struct str){ p, n };
}

/* Does If-None-Match hold this tag? Weak comparison (RFC 9110, section 8.8.3.2). */
static bool has_tag(const struct request *req, struct str tag)
{
    struct str rest = request_header(req, STR("If-None-Match")), entry;
    while (str_split(&rest, ',', &entry)) {
        entry = str_trim(entry);
        if (str_eq(entry, tag) || str_eq(entry, STR("*"))) return true;
    }
    return false;
}

void reply_script(struct reply *reply, const char *name, struct str config, const char *cache)
{
    struct request *req = reply->req;
    const struct asset *asset = find(name);
    const struct asset_coding *coding = NULL;
    char head[ASSET_HEAD_BYTES];
    assert(asset && asset->open);
    put_head(head, asset, config);
    if (accepts(req, STR("br"))) coding = &asset->brotli;
    else if (accepts(req, STR("gzip"))) coding = &asset->gzip;
    /* Weak: the codings of one script share it. */
    uint64_t hash = str_hash((struct str){ head, sizeof head }, asset->tag);
    struct str tag = arena_format(req->arena, "W/\"%016llx\"", (unsigned long long)hash);
    reply_header(reply, "Access-Control-Allow-Origin", STR("*"));
    reply_header(reply, "Cross-Origin-Resource-Policy", STR("cross-origin"));
    reply_header(reply, "Cache-Control", str_of(cache));
    reply_header(reply, "ETag", tag);
    reply_header(reply, "Vary", STR("Accept-Encoding"));
    if (has_tag(req, tag)) {
        reply_empty(reply, 304);
        return;
    }
    reply_header(reply, "X-Content-Type-Options", STR("nosniff"));
    if (coding)
        reply_header(reply, "Content-Encoding",
                     coding == &asset->brotli ? STR("br") : STR("gzip"));
    struct str body = join(req->arena, asset, head, coding);
    if (req->arena->failed) reply_error(reply, ERR_NO_MEMORY, NULL);
    else reply_bytes(reply, 200, asset->content_type, body);
}
