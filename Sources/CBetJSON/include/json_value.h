/// What the readers of this module share: the outcome of reading a text, and a value in it.
///
/// Everything in a text is checked, known fields or not: what comes back with BET_JSON_OK is one object
/// in strict JSON (RFC 8259) with nothing around it, valid UTF-8, no NUL even if escaped, no lone
/// surrogate, no key twice in one object, at most BET_JSON_DEPTH_MAX levels. Where there are more keys
/// than the bounds below reading ends, and what follows is not judged. The rules for the values are the
/// caller's. No exception leaves these interfaces. A reader belongs to one thread at a time.

#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include <stddef.h>
#include <stdint.h>

/// Levels of objects and arrays, the outermost one counted.
#define BET_JSON_DEPTH_MAX 8

/// Members of the outermost object.
#define BET_JSON_MEMBERS_MAX 64

/// Keys of all objects that are open at the same time. A new key is compared with those of its own.
#define BET_JSON_OPEN_KEYS_MAX 256

typedef enum bet_json_status {
    BET_JSON_OK = 0,
    BET_JSON_EMPTY,
    BET_JSON_TOO_LONG,
    BET_JSON_SYNTAX,
    BET_JSON_NOT_UTF8,
    BET_JSON_NOT_AN_OBJECT,
    BET_JSON_TOO_DEEP,
    BET_JSON_TOO_MANY,
    BET_JSON_BAD_LITERAL,
    BET_JSON_BAD_STRING,
    BET_JSON_DUPLICATE_KEY,
    BET_JSON_TRAILING,
} bet_json_status;

typedef enum bet_json_kind {
    BET_JSON_ABSENT = 0,
    BET_JSON_NULL,
    BET_JSON_BOOLEAN,
    BET_JSON_NUMBER,
    BET_JSON_STRING,
    BET_JSON_ARRAY,
    BET_JSON_OBJECT,
} bet_json_kind;

/// A number or a boolean as it was written, or a string without its escapes. The bytes are the
/// reader's and stay until its next read; other kinds have none.
typedef struct bet_json_value {
    bet_json_kind kind;
    uint32_t length;
    const uint8_t *bytes;
} bet_json_value;

#endif
