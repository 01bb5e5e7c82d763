/// Reads the JSON text of one bet with simdjson and hands out its fields, unjudged.
///
/// Everything in the text is checked, known fields or not: what comes back with BET_JSON_OK is one object
/// in strict JSON (RFC 8259) with nothing around it, valid UTF-8, no NUL even if escaped, no lone
/// surrogate, no key twice in one object, at most BET_JSON_DEPTH_MAX levels. The rules for the values
/// are the caller's. No exception leaves this interface. A reader belongs to one thread at a time.

#ifndef BET_JSON_H
#define BET_JSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Levels of objects and arrays, the outermost one counted.
#define BET_JSON_DEPTH_MAX 8

typedef struct bet_json_reader bet_json_reader;

typedef enum bet_json_status {
    BET_JSON_OK = 0,
    BET_JSON_EMPTY,
    BET_JSON_TOO_LONG,
    BET_JSON_SYNTAX,
    BET_JSON_NOT_UTF8,
    BET_JSON_NOT_AN_OBJECT,
    BET_JSON_TOO_DEEP,
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

/// A number as it was written or a string without its escapes. The bytes are the reader's and stay until
/// its next read; other kinds have none.
typedef struct bet_json_value {
    bet_json_kind kind;
    uint32_t length;
    const uint8_t *bytes;
} bet_json_value;

typedef struct bet_json_fields {
    bet_json_value id;
    bet_json_value game_id;
    bet_json_value bet_type;
    bet_json_value amount;
    bet_json_value timestamp;
    bet_json_value selection;
    bet_json_value user_id;
    /// Fields of the outermost object that are none of these.
    uint32_t unknown_count;
} bet_json_fields;

/// A reader for texts of at most `length_max` bytes, with all the memory it will ever need; NULL when
/// there is none. The caller destroys it.
bet_json_reader *bet_json_reader_create(size_t length_max);

/// Frees the reader and every byte it has lent.
void bet_json_reader_destroy(bet_json_reader *reader);

/// Reads one text, which is copied. `fields` is meaningful only after BET_JSON_OK.
bet_json_status bet_json_read(
    bet_json_reader *reader, const void *text, size_t length, bet_json_fields *fields);

#ifdef __cplusplus
}
#endif

#endif
