/* random - see random.h. The buffer saves a system call per id; used bytes are wiped. */
#include "base/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static void fill(uint8_t *out, size_t n)
{
    while (n > 0) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            perror("whorl: getrandom");
            abort();
        }
        out += got;
        n -= (size_t)got;
    }
}

void random_bytes(void *out, size_t n)
{
    static _Thread_local uint8_t buffer[512];
    static _Thread_local size_t left;
    if (n > sizeof buffer / 2) {
        fill(out, n);
        return;
    }
    if (left < n) {
        fill(buffer, sizeof buffer);
        left = sizeof buffer;
    }
    left -= n;
    memcpy(out, buffer + left, n);
    memset(buffer + left, 0, n);
}

uint64_t random_u64(void)
{
    uint64_t value;
    random_bytes(&value, sizeof value);
    return value;
}
