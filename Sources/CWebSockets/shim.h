#pragma once
#include <errno.h>
#include <libwebsockets.h>
#include <string.h>

/* libwebsockets calls a timer with the address of its list node only; this is the node with its
   owner behind it, so that the callback can find who asked. */
struct web_timer {
    lws_sorted_usec_list_t node;
    void *owner;
};

/* The way from the node back to the timer is a macro in C (lws_container_of). */
static inline struct web_timer *web_timer_of(lws_sorted_usec_list_t *node) {
    return lws_container_of(node, struct web_timer, node);
}

/* Swift may pass the address of a copy for a member of a struct, and libwebsockets keeps the
   address: the member is taken here. */
static inline void web_timer_start(struct lws_context *context, struct web_timer *timer,
                                   void (*fire)(lws_sorted_usec_list_t *), lws_usec_t delay) {
    lws_sul_schedule(context, 0, &timer->node, fire, delay);
}

/* For the same reason. */
static inline void web_timer_cancel(struct web_timer *timer) {
    lws_sul_cancel(&timer->node);
}

/* lws_adopt_desc_t holds a union of descriptor types, which Swift cannot build in one expression. */
static inline struct lws *web_adopt(struct lws_vhost *host, lws_adoption_type type, int descriptor,
                                    const char *protocol) {
    lws_sock_file_fd_type fd;
    if (type & LWS_ADOPT_SOCKET)
        fd.sockfd = descriptor;
    else
        fd.filefd = descriptor;
    return lws_adopt_descriptor_vhost(host, type, fd, protocol, NULL);
}

/* Writes to an encrypted connection: the bytes taken, up to a TLS record of 16 KiB; -1 with errno
   EAGAIN while an earlier record waits for the kernel. Room before the bytes is libwebsockets' own. */
static inline int web_write(struct lws *socket, const void *bytes, size_t count) {
    unsigned char buffer[LWS_PRE + 16 * 1024];
    int taken;
    if (lws_partial_buffered(socket)) {
        errno = EAGAIN;
        return -1;
    }
    if (count > sizeof buffer - LWS_PRE)
        count = sizeof buffer - LWS_PRE;
    memcpy(buffer + LWS_PRE, bytes, count);
    taken = lws_write(socket, buffer + LWS_PRE, count, LWS_WRITE_RAW);
    if (taken < 0)
        errno = EPIPE;
    return taken;
}

/* TLS 1.2 and newer, whatever the machine allows. The options are macros that Swift does not see. */
static inline long web_tls_options(void) {
    return (long)(SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
}
