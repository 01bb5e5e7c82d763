#include "strict_json.h"

#include <cstring>
#include <new>
#include <utility>

namespace ondemand = simdjson::ondemand;

namespace bet_json {

namespace {

/// FNV-1a, only to spare most comparisons; equality is decided by the bytes.
uint64_t hash_of(bytes name) {
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t index = 0; index < name.length; index++) {
        hash = (hash ^ name.start[index]) * 0x100000001b3;
    }
    return hash;
}

bool is_space(char byte) { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }

/// The token at a value, which reaches to the next structural character, without what follows it.
bytes trimmed(std::string_view token) {
    while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
    return {reinterpret_cast<const uint8_t *>(token.data()), token.size()};
}

bet_json_status status_of(simdjson::error_code error) {
    switch (error) {
        case simdjson::SUCCESS: return BET_JSON_OK;
        case simdjson::EMPTY: return BET_JSON_EMPTY;
        case simdjson::UTF8_ERROR: return BET_JSON_NOT_UTF8;
        case simdjson::UNCLOSED_STRING:
        case simdjson::UNESCAPED_CHARS: return BET_JSON_BAD_STRING;
        default: return BET_JSON_SYNTAX;
    }
}

bet_json_value value_of(bet_json_kind kind, bytes text = {nullptr, 0}) {
    return {kind, static_cast<uint32_t>(text.length), text.start};
}

}  // namespace

bool strict_json::allocate(size_t bytes_max) {
    length_max = bytes_max;
    text.reset(new (std::nothrow) uint8_t[bytes_max + simdjson::SIMDJSON_PADDING]);
    arena.reset(new (std::nothrow) uint8_t[bytes_max + 1]);
    return text && arena && parser.allocate(bytes_max) == simdjson::SUCCESS;
}

bet_json_status strict_json::read(const void *from, size_t length, json_sink &sink) {
    if (length == 0) return BET_JSON_EMPTY;
    if (length > length_max) return BET_JSON_TOO_LONG;
    std::memcpy(text.get(), from, length);
    // What an earlier text left there must not look like the end of this one.
    std::memset(text.get() + length, ' ', simdjson::SIMDJSON_PADDING);
    arena_end = arena.get();
    key_count = 0;
    return read_document(length, sink);
}

bet_json_status strict_json::read_document(size_t length, json_sink &sink) {
    ondemand::document document;
    auto error =
        parser.iterate(text.get(), length, length + simdjson::SIMDJSON_PADDING).get(document);
    if (error) return status_of(error);
    ondemand::object object;
    error = document.get_object().get(object);
    if (error == simdjson::INCORRECT_TYPE) return BET_JSON_NOT_AN_OBJECT;
    if (error) return status_of(error);
    const bet_json_status status = read_object(object, 1, &sink);
    if (status != BET_JSON_OK) return status;
    const bool is_at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return is_at_end ? BET_JSON_OK : BET_JSON_TRAILING;
}

bet_json_status strict_json::read_object(ondemand::object object, int depth, json_sink *sink) {
    if (depth > BET_JSON_DEPTH_MAX) return BET_JSON_TOO_DEEP;
    const size_t first_key = key_count;
    for (auto member : object) {
        ondemand::field field;
        if (auto error = std::move(member).get(field)) return status_of(error);
        // Objects inside have given their keys back: in the outermost one every key is a member's.
        const size_t keys_max = depth == 1 ? BET_JSON_MEMBERS_MAX : BET_JSON_OPEN_KEYS_MAX;
        if (key_count >= keys_max) return BET_JSON_TOO_MANY;
        bytes key;
        bet_json_status status = read_key(field, first_key, key);
        if (status != BET_JSON_OK) return status;
        bet_json_value *result = sink ? sink->member(key) : nullptr;
        status = read_value(field.value(), depth, result, sink);
        if (status != BET_JSON_OK) return status;
    }
    key_count = first_key;
    return BET_JSON_OK;
}

bet_json_status strict_json::read_array(ondemand::array array, int depth, json_sink *sink) {
    if (depth > BET_JSON_DEPTH_MAX) return BET_JSON_TOO_DEEP;
    for (auto element : array) {
        ondemand::value value;
        if (auto error = std::move(element).get(value)) return status_of(error);
        bet_json_value *result = sink ? sink->element() : nullptr;
        const bet_json_status status = read_value(value, depth, result, sink);
        if (status != BET_JSON_OK) return status;
    }
    return BET_JSON_OK;
}

bet_json_status strict_json::read_value(
    ondemand::value value, int depth, bet_json_value *result, json_sink *sink) {
    bet_json_value ignored;
    json_sink *const inside = result ? sink->inside(result) : nullptr;
    bet_json_value &found = result ? *result : ignored;
    const std::string_view token = value.raw_json_token();
    switch (token.front()) {
        case '{': {
            ondemand::object object;
            if (auto error = value.get_object().get(object)) return status_of(error);
            found = value_of(BET_JSON_OBJECT);
            return read_object(object, depth + 1, inside);
        }
        case '[': {
            ondemand::array array;
            if (auto error = value.get_array().get(array)) return status_of(error);
            found = value_of(BET_JSON_ARRAY);
            return read_array(array, depth + 1, inside);
        }
        case '"': {
            // Moves on by itself: left to On-Demand, a colon behind the string would be skipped too.
            ondemand::raw_json_string string;
            if (auto error = value.get_raw_json_string().get(string)) return status_of(error);
            return read_scalar(trimmed(token), found);
        }
        default: return read_scalar(trimmed(token), found);
    }
}

bet_json_status strict_json::read_scalar(bytes token, bet_json_value &result) {
    switch (token.length == 0 ? 0 : token.start[0]) {
        case '"': {
            bytes string;
            if (!unescape(token.start + 1, arena_end, string)) return BET_JSON_BAD_STRING;
            result = value_of(BET_JSON_STRING, string);
            return BET_JSON_OK;
        }
        case 't':
            if (!token.equals("true", 4)) return BET_JSON_BAD_LITERAL;
            result = value_of(BET_JSON_BOOLEAN, token);
            return BET_JSON_OK;
        case 'f':
            if (!token.equals("false", 5)) return BET_JSON_BAD_LITERAL;
            result = value_of(BET_JSON_BOOLEAN, token);
            return BET_JSON_OK;
        case 'n':
            if (!token.equals("null", 4)) return BET_JSON_BAD_LITERAL;
            result = value_of(BET_JSON_NULL);
            return BET_JSON_OK;
        default:
            if (!is_number(token)) return BET_JSON_BAD_LITERAL;
            result = value_of(BET_JSON_NUMBER, token);
            return BET_JSON_OK;
    }
}

bet_json_status strict_json::read_key(ondemand::field &field, size_t first_key, bytes &key) {
    const auto *raw = reinterpret_cast<const uint8_t *>(field.key().raw());
    if (!unescape(raw, arena_end, key)) return BET_JSON_BAD_STRING;
    const uint64_t hash = hash_of(key);
    for (size_t index = first_key; index < key_count; index++) {
        const open_key &other = keys[index];
        if (other.hash != hash || other.name.length != key.length) continue;
        if (std::memcmp(other.name.start, key.start, key.length) == 0) return BET_JSON_DUPLICATE_KEY;
    }
    keys[key_count++] = {hash, key};
    return BET_JSON_OK;
}

}  // namespace bet_json
