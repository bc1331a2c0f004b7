/* delay_tun - runs a command in a network of its own, where some addresses are far away.
 *
 *     delay_tun LOCAL ADDRESS=MS... -- COMMAND...
 *
 * A TUN device gets the address LOCAL (IPv4) and the default route. Packets to an ADDRESS come back
 * after MS milliseconds with source and destination swapped (no checksum changes by that): who
 * connects to ADDRESS meets a listener on LOCAL, which sees a client ADDRESS with a round trip of
 * two times MS. Kernels without netem can do this too. Exit status: the command's; 77: this needs
 * root and /dev/net/tun, which are not there. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SKIPPED = 77, PATHS_MAX = 16, QUEUE_MAX = 256, PACKET_BYTES_MAX = 2048 };

struct path {
    in_addr_t address;
    long delay_ms;
};

struct packet {
    long due_ms;
    size_t n;
    unsigned char byte[PACKET_BYTES_MAX];
};

static struct path paths[PATHS_MAX];
static size_t paths_count;
static struct packet queue[QUEUE_MAX]; /* in no order */
static size_t queue_count;

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool set_address(struct sockaddr *out, const char *text)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    if (inet_pton(AF_INET, text, &v4.sin_addr) != 1) return false;
    memset(out, 0, sizeof *out);
    memcpy(out, &v4, sizeof v4);
    return true;
}

static bool bring_up(int s, const char *name)
{
    struct ifreq r = { .ifr_flags = 0 };
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (ioctl(s, SIOCGIFFLAGS, &r) != 0) return false;
    r.ifr_flags |= IFF_UP | IFF_RUNNING;
    return ioctl(s, SIOCSIFFLAGS, &r) == 0;
}

/* The device and the way everything takes; -1 when one of them cannot be had. */
static int open_tun(const char *local)
{
    char name[] = "delay0";
    struct ifreq r = { .ifr_flags = IFF_TUN | IFF_NO_PI };
    struct rtentry route = { .rt_flags = RTF_UP, .rt_dev = name };
    snprintf(r.ifr_name, sizeof r.ifr_name, "%s", name);
    if (unshare(CLONE_NEWNET) != 0) return -1;
    int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (tun < 0 || s < 0 || ioctl(tun, TUNSETIFF, &r) != 0) return -1;
    bool ok = set_address(&r.ifr_addr, local) && ioctl(s, SIOCSIFADDR, &r) == 0 && bring_up(s, "lo") &&
              bring_up(s, name) && set_address(&route.rt_dst, "0.0.0.0") &&
              set_address(&route.rt_genmask, "0.0.0.0") && ioctl(s, SIOCADDRT, &route) == 0;
    close(s);
    return ok ? tun : -1;
}

static void take_packet(int tun)
{
    struct packet *p = &queue[queue_count];
    unsigned char source[4];
    ssize_t n = queue_count < QUEUE_MAX ? read(tun, p->byte, sizeof p->byte) : -1;
    if (n < 20 || p->byte[0] >> 4 != 4) return;
    memcpy(source, p->byte + 12, 4);
    memcpy(p->byte + 12, p->byte + 16, 4);
    memcpy(p->byte + 16, source, 4);
    p->n = (size_t)n;
    for (size_t i = 0; i < paths_count; i++) {
        /* the far end is the new source, on the way there and on the way back */
        if (memcmp(p->byte + 12, &paths[i].address, 4) != 0) continue;
        p->due_ms = now_ms() + paths[i].delay_ms;
        queue_count++;
        return;
    }
}

/* Sends what is due; how long to wait for the next. */
static int send_due(int tun)
{
    long now = now_ms(), next = now + 50;
    for (size_t i = 0; i < queue_count;) {
        if (queue[i].due_ms > now) {
            if (queue[i].due_ms < next) next = queue[i].due_ms;
            i++;
            continue;
        }
        if (write(tun, queue[i].byte, queue[i].n) < 0) perror("delay_tun");
        memmove(&queue[i], &queue[i + 1], (queue_count - i - 1) * sizeof queue[0]);
        queue_count--;
    }
    return (int)(next - now);
}

static int run(int tun, char **command)
{
    int status;
    pid_t child = fork();
    if (child == 0) {
        execvp(command[0], command);
        _exit(127);
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct pollfd p = { .fd = tun, .events = POLLIN };
        if (poll(&p, 1, send_due(tun)) > 0) take_packet(tun);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int main(int argc, char **argv)
{
    int i = 2;
    for (; i < argc && strcmp(argv[i], "--") != 0 && paths_count < PATHS_MAX; i++) {
        char *equals = strchr(argv[i], '=');
        struct path *path = &paths[paths_count++];
        if (equals) *equals = 0;
        if (!equals || inet_pton(AF_INET, argv[i], &path->address) != 1) return 2;
        path->delay_ms = strtol(equals + 1, NULL, 10);
    }
    if (i + 1 >= argc) {
        fprintf(stderr, "delay_tun LOCAL ADDRESS=MS... -- COMMAND...\n");
        return 2;
    }
    int tun = open_tun(argv[1]);
    if (tun < 0) {
        fprintf(stderr, "delay_tun: %s\n", strerror(errno));
        return SKIPPED;
    }
    return run(tun, argv + i + 1);
}
