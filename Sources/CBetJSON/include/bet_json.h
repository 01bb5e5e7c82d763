/// Reads the JSON text of one bet with simdjson and hands out its fields, unjudged. See json_value.h
/// for what is checked.

#ifndef BET_JSON_H
#define BET_JSON_H

#include "json_value.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bet_json_reader bet_json_reader;

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
