/// Reads any one JSON object with simdjson and hands out its members by their names, unjudged. See
/// json_value.h for what is checked.

#ifndef OBJECT_JSON_H
#define OBJECT_JSON_H

#include "json_value.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Members and elements that are handed out; all are counted.
#define OBJECT_JSON_MEMBERS_MAX 32
#define OBJECT_JSON_ELEMENTS_MAX 16

typedef struct object_json_reader object_json_reader;

/// A member of the outermost object.
typedef struct object_json_member {
    bet_json_value name;
    bet_json_value value;
} object_json_member;

/// A reader for texts of at most `length_max` bytes, with all the memory it will ever need; NULL when
/// there is none. The caller destroys it.
object_json_reader *object_json_reader_create(size_t length_max);

/// Frees the reader and every byte it has lent.
void object_json_reader_destroy(object_json_reader *reader);

/// Reads one text, which is copied. What is handed out stays until the next read and means something
/// only after BET_JSON_OK.
bet_json_status object_json_read(object_json_reader *reader, const void *text, size_t length);

/// Members of the object, those beyond OBJECT_JSON_MEMBERS_MAX included.
uint32_t object_json_member_count(const object_json_reader *reader);

/// The member at `index`, in the order of the text; an absent one beyond the last.
object_json_member object_json_member_at(const object_json_reader *reader, uint32_t index);

/// Elements of the arrays that are members, those beyond OBJECT_JSON_ELEMENTS_MAX included.
uint32_t object_json_element_count(const object_json_reader *reader);

/// The element at `index` over all those arrays, and the member it belongs to.
bet_json_value object_json_element_at(
    const object_json_reader *reader, uint32_t index, uint32_t *member);

#ifdef __cplusplus
}
#endif

#endif
