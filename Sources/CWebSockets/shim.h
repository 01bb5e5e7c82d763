#pragma once
#include <libwebsockets.h>

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
