// Strict reading of one JSON object, for the readers of this module.

#ifndef STRICT_JSON_H
#define STRICT_JSON_H

#define SIMDJSON_EXCEPTIONS 0
#include <simdjson.h>

#include <memory>

#include "json_scalar.h"
#include "json_value.h"

namespace bet_json {

/// Takes the members of an object, or the elements of an array, as they are read.
class json_sink {
public:
    /// Where a member's value belongs; nullptr when nobody wants it.
    virtual bet_json_value *member(bytes key) = 0;
    /// Where the next element belongs; nullptr when nobody wants it.
    virtual bet_json_value *element() { return nullptr; }
    /// Who takes what is inside a wanted value, should it be an object or an array; nullptr for nobody.
    virtual json_sink *inside(const bet_json_value *) { return nullptr; }

protected:
    ~json_sink() = default;
};

/// Checks a text to the last byte and hands its values to a sink. Values point into the reader's memory
/// and stay until the next read.
class strict_json {
public:
    /// Takes all the memory for texts of at most `bytes_max` bytes; false when there is none.
    bool allocate(size_t bytes_max);
    bet_json_status read(const void *from, size_t length, json_sink &sink);

private:
    /// A key of an object that is still open.
    struct open_key {
        uint64_t hash;
        bytes name;
    };

    bet_json_status read_document(size_t length, json_sink &sink);
    bet_json_status read_object(simdjson::ondemand::object object, int depth, json_sink *sink);
    bet_json_status read_array(simdjson::ondemand::array array, int depth, json_sink *sink);
    /// `result` is nullptr for a value nobody wants; its syntax is checked all the same.
    bet_json_status read_value(
        simdjson::ondemand::value value, int depth, bet_json_value *result, json_sink *sink);
    bet_json_status read_scalar(bytes token, bet_json_value &result);
    bet_json_status read_key(simdjson::ondemand::field &field, size_t first_key, bytes &key);

    simdjson::ondemand::parser parser;
    size_t length_max = 0;
    /// The text and the padding that simdjson reads beyond it.
    std::unique_ptr<uint8_t[]> text;
    /// Strings that had escapes.
    std::unique_ptr<uint8_t[]> arena;
    uint8_t *arena_end = nullptr;
    /// The keys of all open objects, the innermost last.
    open_key keys[BET_JSON_OPEN_KEYS_MAX];
    size_t key_count = 0;
};

}  // namespace bet_json

#endif
