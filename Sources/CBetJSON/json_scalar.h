// The grammar of JSON's scalars (RFC 8259, 3, 6 and 7), which On-Demand leaves to whoever looks at a value.

#ifndef JSON_SCALAR_H
#define JSON_SCALAR_H

#include <cstddef>
#include <cstdint>

namespace bet_json {

/// A run of bytes somewhere else.
struct bytes {
    const uint8_t *start;
    size_t length;

    bool equals(const char *text, size_t text_length) const;
};

/// True when `token` is a number and nothing else.
bool is_number(bytes token);

/// Takes the escapes out of a string. `text` starts behind the opening quote of a string that has a
/// closing one. Without escapes `result` is the text itself, otherwise it is written to `arena`, which
/// is moved on; an unescaped string is never longer. False on a bad escape, a lone surrogate or a NUL.
bool unescape(const uint8_t *text, uint8_t *&arena, bytes &result);

}  // namespace bet_json

#endif
