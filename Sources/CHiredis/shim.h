#pragma once
#include <hiredis/hiredis.h>

/* Swift sees a C array member as a tuple; this gives the text as a pointer. */
static inline const char *redis_context_error_text(const redisContext *context) {
    return context->errstr;
}
