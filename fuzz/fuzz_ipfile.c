/* fuzz_ipfile - any bytes as a MaxMind DB file: opened or refused, asked for addresses, never left. */
#include "identify/enrich/asn.h"
#include "identify/enrich/geo.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask(const struct ipfile *f, const char *text, struct arena *arena)
{
    struct address a;
    struct geo_place place;
    struct asn_facts facts;
    if (!address_parse(&a, str_of(text))) abort();
    if (geo_find(f, &a, arena, &place)) {
        assert(place.country.n == 0 || place.country.n == 2);
        assert(place.city.n <= GEO_TEXT_BYTES_MAX && place.region_code.n <= GEO_TEXT_BYTES_MAX);
        assert(!place.has_point || (place.latitude >= -90 && place.longitude <= 180));
    }
    if (asn_find(f, &a, &facts)) assert(facts.number && facts.name.n <= GEO_TEXT_BYTES_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const ips[] = { "84.128.0.1", "81.2.69.160", "192.0.2.1", "0.0.0.0",
                                       "255.255.255.255", "2a01:4f8::1", "2001:db8:1::1", "::" };
    char path[32], problem[IPFILE_PROBLEM_BYTES];
    struct ipfile f;
    int fd = memfd_create("image", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size) abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (ipfile_open(&f, path, NULL, problem) == ERR_OK) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        (void)geo_check(&f, "image", problem);
        (void)asn_check(&f, "image", problem);
        for (size_t i = 0; i < COUNT_OF(ips); i++) ask(&f, ips[i], &arena);
        arena_free(&arena);
        ipfile_close(&f);
    }
    close(fd);
    return 0;
}
