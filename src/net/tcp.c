/* tcp - see tcp.h. */
#include "net/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

bool tcp_save_syns(int listening_fd)
{
    return setsockopt(listening_fd, IPPROTO_TCP, TCP_SAVE_SYN, &(int){ 1 }, sizeof(int)) == 0;
}

void tcp_read(struct connection *out, int fd)
{
    struct tcp_info info;
    socklen_t info_bytes = sizeof info, syn_bytes = sizeof out->syn;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &info_bytes) == 0) out->rtt_us = info.tcpi_rtt;
    /* A SYN that does not fit is left with the kernel (EINVAL): unknown. */
    if (getsockopt(fd, IPPROTO_TCP, TCP_SAVED_SYN, out->syn, &syn_bytes) == 0)
        out->syn_bytes = (uint8_t)syn_bytes;
}
