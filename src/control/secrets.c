/* secrets - see secrets.h. */
#include "control/secrets.h"

#include "base/log.h"
#include "base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* The file's name is durable too: what will be sealed under this key is of no use without it. */
static bool sync_directory(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

/* Under another name first: half a key would keep every later start from working. */
static enum err make(const char *dir, const char *path, uint8_t out[SEAL_KEY_BYTES])
{
    char fresh[4096 + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    random_bytes(out, SEAL_KEY_BYTES);
    unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return ERR_IO;
    bool ok = write(fd, out, SEAL_KEY_BYTES) == SEAL_KEY_BYTES && fsync(fd) == 0;
    if (close(fd) != 0) ok = false;
    if (ok && rename(fresh, path) == 0 && sync_directory(dir)) return ERR_OK;
    int why = errno;
    unlink(fresh);
    errno = why;
    return ERR_IO;
}

enum err master_key_load(uint8_t out[SEAL_KEY_BYTES], const char *dir)
{
    char path[4096];
    struct stat st;
    enum err e = ERR_OK;
    snprintf(path, sizeof path, "%s/master.key", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT) {
        e = make(dir, path, out);
        if (e) log_error("secrets", "cannot write %s: %s", path, strerror(errno));
        return e;
    }
    if (fd < 0 || fstat(fd, &st) != 0) {
        log_error("secrets", "cannot read %s: %s", path, strerror(errno));
        e = ERR_IO;
    } else if (st.st_mode & 077) {
        log_error("secrets", "%s can be read by others; run: chmod 600 %s", path, path);
        e = ERR_IO;
    } else if (st.st_size != SEAL_KEY_BYTES || read(fd, out, SEAL_KEY_BYTES) != SEAL_KEY_BYTES) {
        log_error("secrets", "%s does not hold %d bytes; restore it from a backup", path,
                  SEAL_KEY_BYTES);
        e = ERR_IO;
    }
    if (fd >= 0) close(fd);
    return e;
}

enum { LONG_AGO_MS = 1 }; /* 0 would mean that it is not known when the key was made */

/* 0: it is none. */
static unsigned number_of(struct str name)
{
    uint64_t number;
    size_t slash = str_find_char(name, '/', 0);
    if (!str_to_u64(str_sub(name, slash + 1, name.n), &number) || number > TOKEN_KEY_NUMBER_MAX) return 0;
    return (unsigned)number;
}

struct opening {
    struct token_keys *keys;
    const uint8_t *master;
    enum err e;
};

static void open_one(void *context, struct str name, struct str value)
{
    struct opening *o = context;
    uint8_t secret[TOKEN_KEY_BYTES];
    unsigned number = number_of(name);
    if (o->e) return;
    if (number == 0 || value.n != TOKEN_KEY_BYTES + SEAL_OVERHEAD_BYTES) {
        o->e = ERR_CORRUPT;
        return;
    }
    o->e = crypto_open(secret, o->master, name, value);
    if (!o->e)
        o->e =
            token_keys_add(o->keys, (uint8_t)number, (struct str){ (char *)secret, sizeof secret });
    OPENSSL_cleanse(secret, sizeof secret);
}

static struct str numbered(char out[32], const char *name, unsigned number)
{
    return (struct str){ out, (size_t)snprintf(out, 32, "%s/%u", name, number) };
}

/* When a key was made; 0 when that is not known. */
static int64_t made_ms(struct store *st, unsigned number)
{
    struct arena arena;
    struct str value;
    char name[32];
    int64_t out = 0;
    arena_init(&arena, 4096);
    enum err e = store_get_value(st, numbered(name, "token-key-made", number), &arena, &value);
    if (!e && value.n == sizeof out) memcpy(&out, value.p, sizeof out);
    arena_free(&arena);
    return out;
}

static enum err note_made(struct store *st, unsigned number, int64_t now_ms)
{
    char name[32];
    return store_set_value(st, numbered(name, "token-key-made", number),
                           (struct str){ (const char *)&now_ms, sizeof now_ms });
}

static enum err make_key(struct token_keys *keys, struct store *st, const uint8_t *master, unsigned number,
                         int64_t now_ms)
{
    char text[32];
    const struct str name = numbered(text, "token-key", number);
    uint8_t secret[TOKEN_KEY_BYTES], sealed[TOKEN_KEY_BYTES + SEAL_OVERHEAD_BYTES];
    random_bytes(secret, sizeof secret);
    enum err e = crypto_seal(sealed, master, name, (struct str){ (char *)secret, sizeof secret });
    if (!e) e = note_made(st, number, now_ms);
    if (!e) e = store_set_value(st, name, (struct str){ (char *)sealed, sizeof sealed });
    if (!e) e = token_keys_add(keys, (uint8_t)number, (struct str){ (char *)secret, sizeof secret });
    OPENSSL_cleanse(secret, sizeof secret);
    return e;
}

/* The newest key signs for TOKEN_KEY_MS; the older ones still verify what they have signed. */
enum err token_keys_rotate(struct token_keys *keys, struct store *st, const uint8_t master[SEAL_KEY_BYTES],
                           int64_t now_ms)
{
    unsigned newest = keys->current;
    int64_t made = newest ? made_ms(st, newest) : 0;
    if (newest && made == 0) return note_made(st, newest, now_ms); /* of a version that did not note it */
    if (newest && (now_ms - made < TOKEN_KEY_MS || newest == TOKEN_KEY_NUMBER_MAX)) return ERR_OK;
    if (newest) log_info("secrets", "a new token key signs from now on; tokens of the older ones stay good");
    return make_key(keys, st, master, newest + 1, now_ms);
}

static void find_newest(void *context, struct str name, struct str value)
{
    unsigned *newest = context, number = number_of(name);
    (void)value;
    if (number > *newest) *newest = number;
}

enum err token_keys_expire(struct store *st, unsigned *number)
{
    unsigned newest = 0;
    enum err e = store_each_value(st, STR("token-key/"), find_newest, &newest);
    *number = newest + 1;
    if (e) return e;
    if (newest == 0) return ERR_NOT_FOUND;
    return newest == TOKEN_KEY_NUMBER_MAX ? ERR_NOT_FOUND : note_made(st, newest, LONG_AGO_MS);
}

enum err token_keys_load(struct token_keys *keys, struct store *st,
                         const uint8_t master[SEAL_KEY_BYTES], int64_t now_ms)
{
    struct opening o = { keys, master, ERR_OK };
    *keys = (struct token_keys){ .current = 0 };
    enum err e = store_each_value(st, STR("token-key/"), open_one, &o);
    if (!e) e = o.e;
    if (e) log_error("secrets", "the token keys cannot be opened; is master.key the right one?");
    else e = token_keys_rotate(keys, st, master, now_ms);
    return e;
}
