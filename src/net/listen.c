/* listen - see listen.h.
 *
 * SO_REUSEPORT lets each worker have its own socket at one address, with its own queue, so that no
 * lock is shared and no worker wakes for another's connection. It also lets a second server of the
 * same user share the address, silently, which nobody wants. So the first socket binds and listens
 * without it (this is the test, and it has no race), gets the flag afterwards, and the others join.
 */
#include "net/listen.h"

#include "base/log.h"
#include "base/str.h"
#include "net/tcp.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

enum { BACKLOG = 4096 }; /* cut by net.core.somaxconn */

/* ---- addresses ---- */

static bool parse_port(const char *text, in_port_t *out)
{
    uint64_t port;
    if (!str_to_u64(str_of(text), &port) || port > 65535) return false;
    *out = htons((uint16_t)port);
    return true;
}

enum err listen_parse(const char *text, struct sockaddr_storage *out, socklen_t *out_bytes)
{
    char host[ADDRESS_BYTES];
    const char *colon = strrchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    if (n == 0 || n >= sizeof host) return ERR_USAGE;
    memcpy(host, text, n);
    host[n] = 0;
    memset(out, 0, sizeof *out);
    if (host[0] == '[' && host[n - 1] == ']') {
        struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
        host[n - 1] = 0;
        v6->sin6_family = AF_INET6;
        *out_bytes = sizeof *v6;
        if (inet_pton(AF_INET6, host + 1, &v6->sin6_addr) != 1) return ERR_USAGE;
        return parse_port(colon + 1, &v6->sin6_port) ? ERR_OK : ERR_USAGE;
    }
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    v4->sin_family = AF_INET;
    *out_bytes = sizeof *v4;
    if (inet_pton(AF_INET, host, &v4->sin_addr) != 1) return ERR_USAGE;
    return parse_port(colon + 1, &v4->sin_port) ? ERR_OK : ERR_USAGE;
}

void listen_print(char out[ADDRESS_BYTES], const struct sockaddr_storage *address)
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (address->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(out, ADDRESS_BYTES, "[%s]:%u", host, (unsigned)ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(out, ADDRESS_BYTES, "%s:%u", host, (unsigned)ntohs(v4->sin_port));
    }
}

/* ---- who holds a port? ---- */

/* /proc/net/tcp and tcp6: an address is one or four 32-bit words as this machine prints them. */
static bool parse_proc_address(const char *hex, uint32_t words[4], size_t *count)
{
    *count = strlen(hex) == 32 ? 4 : strlen(hex) == 8 ? 1 : 0;
    for (size_t i = 0; i < *count; i++)
        if (sscanf(hex + 8 * i, "%8x", &words[i]) != 1) return false;
    return *count > 0;
}

static bool is_any(const uint32_t *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (words[i] != 0) return false;
    return true;
}

/* Would a socket at `held` keep us from listening at `address`? The ports are equal already. */
static bool overlaps(const struct sockaddr_storage *address, const uint32_t *held, size_t count)
{
    uint32_t ours[4] = { 0 };
    size_t ours_count = address->ss_family == AF_INET6 ? 4 : 1;
    if (ours_count == 4) memcpy(ours, &((const struct sockaddr_in6 *)address)->sin6_addr, 16);
    else memcpy(ours, &((const struct sockaddr_in *)address)->sin_addr, 4);
    if (is_any(held, count) || is_any(ours, ours_count)) return true;
    return count == ours_count && memcmp(held, ours, 4 * count) == 0;
}

static unsigned port_of(const struct sockaddr_storage *address)
{
    return ntohs(address->ss_family == AF_INET6 ? ((const struct sockaddr_in6 *)address)->sin6_port
                                                : ((const struct sockaddr_in *)address)->sin_port);
}

/* The inode of a listening socket in the way; 0: none in this table. */
static unsigned long find_inode(const char *table, const struct sockaddr_storage *address,
                                unsigned *uid)
{
    char line[512], hex[64];
    unsigned long inode = 0;
    FILE *file = fopen(table, "re");
    if (!file) return 0;
    while (inode == 0 && fgets(line, sizeof line, file)) {
        unsigned port, state;
        unsigned long found;
        uint32_t words[4];
        size_t count;
        if (sscanf(line, " %*d: %63[0-9A-Fa-f]:%x %*s %x %*s %*s %*s %u %*d %lu", hex, &port,
                   &state, uid, &found) == 5 &&
            state == 0x0a && port == port_of(address) && parse_proc_address(hex, words, &count) &&
            overlaps(address, words, count))
            inode = found;
    }
    fclose(file);
    return inode;
}

static bool has_socket(const char *pid, const char *socket)
{
    char path[300], target[64];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *dir = opendir(path);
    if (!dir) return false;
    for (struct dirent *entry; !found && (entry = readdir(dir)) != NULL;) {
        ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1);
        target[n > 0 ? n : 0] = 0;
        found = strcmp(target, socket) == 0;
    }
    closedir(dir);
    return found;
}

static void print_process(char out[HOLDER_BYTES], const char *pid)
{
    char path[300], name[64] = "?";
    snprintf(path, sizeof path, "/proc/%s/comm", pid);
    FILE *file = fopen(path, "re");
    if (file) {
        if (fgets(name, sizeof name, file)) name[strcspn(name, "\n")] = 0;
        fclose(file);
    }
    snprintf(out, HOLDER_BYTES, "%s (pid %.20s)", name, pid);
}

void listen_holder(char out[HOLDER_BYTES], const struct sockaddr_storage *address)
{
    char socket[64];
    unsigned uid = 0;
    unsigned long inode = find_inode("/proc/net/tcp", address, &uid);
    if (inode == 0) inode = find_inode("/proc/net/tcp6", address, &uid);
    snprintf(out, HOLDER_BYTES, "another program");
    if (inode == 0) return;
    snprintf(out, HOLDER_BYTES, "a program of user %u", uid);
    snprintf(socket, sizeof socket, "socket:[%lu]", inode);
    DIR *dir = opendir("/proc");
    if (!dir) return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        uint64_t pid;
        if (!str_to_u64(str_of(entry->d_name), &pid) || !has_socket(entry->d_name, socket))
            continue;
        print_process(out, entry->d_name);
        break;
    }
    closedir(dir);
}

/* ---- sockets ---- */

static enum err explain(const char *text, const struct sockaddr_storage *address, int error)
{
    char holder[HOLDER_BYTES];
    switch (error) {
    case EADDRINUSE:
        listen_holder(holder, address);
        log_error("listen", "%s is taken by %s: stop it, or choose another address", text, holder);
        return ERR_IN_USE;
    case EACCES:
        log_error("listen", "%s: ports below %s are for root: choose another port, or give the "
                            "program CAP_NET_BIND_SERVICE", text, "1024");
        return ERR_IO;
    case EADDRNOTAVAIL:
        log_error("listen", "%s: this machine has no such address", text);
        return ERR_USAGE;
    default:
        log_error("listen", "%s: %s", text, strerror(error));
        return ERR_IO;
    }
}

static int set_flag(int fd, int level, int option)
{
    return setsockopt(fd, level, option, &(int){ 1 }, sizeof(int));
}

/* TCP_NODELAY is inherited by accepted connections: an answer is one write, waiting for more is
 * vain. */
static int open_one(const struct sockaddr_storage *address, socklen_t bytes, bool joins)
{
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -1;
    bool v6 = address->ss_family == AF_INET6;
    tcp_save_syns(fd); /* before listen(), so that no SYN is missed */
    if (set_flag(fd, SOL_SOCKET, SO_REUSEADDR) == 0 &&
        set_flag(fd, IPPROTO_TCP, TCP_NODELAY) == 0 &&
        (!v6 || set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY) == 0) &&
        (!joins || set_flag(fd, SOL_SOCKET, SO_REUSEPORT) == 0) &&
        bind(fd, (const struct sockaddr *)address, bytes) == 0 && listen(fd, BACKLOG) == 0 &&
        (joins || set_flag(fd, SOL_SOCKET, SO_REUSEPORT) == 0))
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

enum err listen_open(const char *text, size_t count, int *fds, char out[ADDRESS_BYTES])
{
    struct sockaddr_storage address;
    socklen_t bytes;
    if (listen_parse(text, &address, &bytes)) {
        log_error("listen", "\"%s\" is not an address: write 127.0.0.1:8080, or [::1]:8080", text);
        return ERR_USAGE;
    }
    for (size_t i = 0; i < count; i++) {
        fds[i] = open_one(&address, bytes, i > 0);
        if (fds[i] < 0) {
            enum err e = explain(text, &address, errno);
            while (i-- > 0) close(fds[i]);
            return e;
        }
        /* port 0: the others join the port that the first one got */
        if (i == 0) getsockname(fds[0], (struct sockaddr *)&address, &bytes);
    }
    listen_print(out, &address);
    return ERR_OK;
}
