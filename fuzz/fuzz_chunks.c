/* Any bytes as a chunked body: never more data than input or than BODY_BYTES_MAX, nothing touched
 * behind the input, and the same data however it is cut. */
#include "base/limits.h"
#include "net/http1.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The data goes to out, which has room for n bytes. */
static enum err unchunk(const uint8_t *bytes, size_t n, size_t step, char *out, size_t *out_bytes,
                        size_t *used)
{
    struct http1_chunks chunks = { 0 };
    enum err e = ERR_PENDING;
    *out_bytes = *used = 0;
    for (size_t at = 0; e == ERR_PENDING && at < n; at += step) {
        size_t piece = n - at < step ? n - at : step, kept, taken;
        char *copy = malloc(piece);
        memcpy(copy, bytes + at, piece);
        e = http1_parse_chunks(&chunks, copy, piece, &kept, &taken);
        assert(taken <= piece && kept <= taken);
        assert(e != ERR_PENDING || taken == piece);
        memcpy(out + *out_bytes, copy, kept);
        *out_bytes += kept;
        *used += taken;
        free(copy);
    }
    assert(chunks.total == *out_bytes && chunks.total <= BODY_BYTES_MAX);
    assert(e == ERR_OK || e == ERR_PENDING || chunks.problem);
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    size_t whole_bytes, whole_used, piece_bytes, piece_used;
    char *whole = malloc(n + 1), *piece = malloc(n + 1);
    enum err e = unchunk(data, n, n + 1, whole, &whole_bytes, &whole_used);
    for (size_t step = 1; step < 8; step += 3) {
        assert(unchunk(data, n, step, piece, &piece_bytes, &piece_used) == e);
        assert(piece_bytes == whole_bytes && memcmp(piece, whole, piece_bytes) == 0);
        assert(piece_used == whole_used);
    }
    free(whole);
    free(piece);
    return 0;
}
