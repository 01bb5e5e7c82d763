#include "json_scalar.h"

#include <cstring>

namespace bet_json {

bool bytes::equals(const char *text, size_t text_length) const {
    return length == text_length && std::memcmp(start, text, length) == 0;
}

namespace {

bool is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

const uint8_t *skip_digits(const uint8_t *at, const uint8_t *end) {
    while (at < end && is_digit(*at)) at++;
    return at;
}

int hex_digit(uint8_t byte) {
    if (is_digit(byte)) return byte - '0';
    const uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Four hex digits, or -1. Stops at the first byte that is none, so it never passes a closing quote.
int32_t code_unit(const uint8_t *at) {
    int32_t unit = 0;
    for (int index = 0; index < 4; index++) {
        const int digit = hex_digit(at[index]);
        if (digit < 0) return -1;
        unit = unit << 4 | digit;
    }
    return unit;
}

uint8_t *put_utf8(uint8_t *to, uint32_t scalar) {
    if (scalar < 0x80) {
        *to++ = static_cast<uint8_t>(scalar);
    } else if (scalar < 0x800) {
        *to++ = static_cast<uint8_t>(0xc0 | scalar >> 6);
        *to++ = static_cast<uint8_t>(0x80 | (scalar & 0x3f));
    } else if (scalar < 0x10000) {
        *to++ = static_cast<uint8_t>(0xe0 | scalar >> 12);
        *to++ = static_cast<uint8_t>(0x80 | (scalar >> 6 & 0x3f));
        *to++ = static_cast<uint8_t>(0x80 | (scalar & 0x3f));
    } else {
        *to++ = static_cast<uint8_t>(0xf0 | scalar >> 18);
        *to++ = static_cast<uint8_t>(0x80 | (scalar >> 12 & 0x3f));
        *to++ = static_cast<uint8_t>(0x80 | (scalar >> 6 & 0x3f));
        *to++ = static_cast<uint8_t>(0x80 | (scalar & 0x3f));
    }
    return to;
}

/// `at` stands on the `u` of `\uXXXX` and ends behind the escape, or the pair of them.
bool unescape_unicode(const uint8_t *&at, uint8_t *&to) {
    const int32_t unit = code_unit(at + 1);
    if (unit <= 0) return false;
    at += 5;
    uint32_t scalar = static_cast<uint32_t>(unit);
    if (unit >= 0xdc00 && unit <= 0xdfff) return false;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        if (at[0] != '\\' || at[1] != 'u') return false;
        const int32_t low = code_unit(at + 2);
        if (low < 0xdc00 || low > 0xdfff) return false;
        at += 6;
        scalar = 0x10000 + ((scalar - 0xd800) << 10) + (static_cast<uint32_t>(low) - 0xdc00);
    }
    to = put_utf8(to, scalar);
    return true;
}

/// The byte that a backslash and `letter` stand for; 0 when it is no escape.
uint8_t short_escape(uint8_t letter) {
    switch (letter) {
        case '"': case '\\': case '/': return letter;
        case 'b': return '\b';
        case 'f': return '\f';
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        default: return 0;
    }
}

}  // namespace

bool is_number(bytes token) {
    const uint8_t *at = token.start;
    const uint8_t *const end = at + token.length;
    if (at < end && *at == '-') at++;
    if (at == end || !is_digit(*at)) return false;
    at = *at == '0' ? at + 1 : skip_digits(at, end);
    if (at < end && *at == '.') {
        const uint8_t *const fraction = ++at;
        at = skip_digits(at, end);
        if (at == fraction) return false;
    }
    if (at < end && (*at | 0x20) == 'e') {
        at++;
        if (at < end && (*at == '-' || *at == '+')) at++;
        const uint8_t *const exponent = at;
        at = skip_digits(at, end);
        if (at == exponent) return false;
    }
    return at == end;
}

bool unescape(const uint8_t *text, uint8_t *&arena, bytes &result) {
    const uint8_t *at = text;
    while (*at != '"' && *at != '\\') at++;
    if (*at == '"') {
        result = {text, static_cast<size_t>(at - text)};
        return true;
    }
    uint8_t *const start = arena;
    std::memcpy(start, text, static_cast<size_t>(at - text));
    uint8_t *to = start + (at - text);
    while (*at != '"') {
        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        at++;
        if (*at == 'u') {
            if (!unescape_unicode(at, to)) return false;
            continue;
        }
        const uint8_t byte = short_escape(*at++);
        if (byte == 0) return false;
        *to++ = byte;
    }
    result = {start, static_cast<size_t>(to - start)};
    arena = to;
    return true;
}

}  // namespace bet_json
