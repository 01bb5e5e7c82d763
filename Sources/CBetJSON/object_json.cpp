#include "object_json.h"

#include <memory>
#include <new>

#include "strict_json.h"

using bet_json::bytes;

namespace {

constexpr bet_json_value absent = {BET_JSON_ABSENT, 0, nullptr};

/// Takes the members of the outermost object and the elements of arrays among them.
class object_sink final : public bet_json::json_sink {
public:
    bet_json_value *member(bytes key) override {
        const uint32_t index = member_count++;
        if (index >= OBJECT_JSON_MEMBERS_MAX) return nullptr;
        members[index].name = {BET_JSON_STRING, static_cast<uint32_t>(key.length), key.start};
        members[index].value = absent;
        return &members[index].value;
    }

    json_sink *inside(const bet_json_value *) override { return &elements_sink; }

    /// What is inside a member: elements of an array are kept, everything deeper is only checked.
    class elements final : public bet_json::json_sink {
    public:
        explicit elements(object_sink &sink) : owner(sink) {}

        bet_json_value *member(bytes) override { return nullptr; }

        bet_json_value *element() override {
            const uint32_t index = owner.element_count++;
            if (index >= OBJECT_JSON_ELEMENTS_MAX) return nullptr;
            owner.element_members[index] = owner.member_count - 1;
            owner.element_values[index] = absent;
            return &owner.element_values[index];
        }

    private:
        object_sink &owner;
    };

    void clear() {
        member_count = 0;
        element_count = 0;
    }

    object_json_member members[OBJECT_JSON_MEMBERS_MAX];
    bet_json_value element_values[OBJECT_JSON_ELEMENTS_MAX];
    uint32_t element_members[OBJECT_JSON_ELEMENTS_MAX];
    uint32_t member_count = 0;
    uint32_t element_count = 0;
    elements elements_sink{*this};
};

}  // namespace

struct object_json_reader {
    bet_json::strict_json json;
    object_sink sink;
};

extern "C" object_json_reader *object_json_reader_create(size_t length_max) {
    std::unique_ptr<object_json_reader> reader(new (std::nothrow) object_json_reader());
    if (!reader || !reader->json.allocate(length_max)) return nullptr;
    return reader.release();
}

extern "C" void object_json_reader_destroy(object_json_reader *reader) { delete reader; }

extern "C" bet_json_status object_json_read(
    object_json_reader *reader, const void *text, size_t length) {
    reader->sink.clear();
    return reader->json.read(text, length, reader->sink);
}

extern "C" uint32_t object_json_member_count(const object_json_reader *reader) {
    return reader->sink.member_count;
}

extern "C" object_json_member object_json_member_at(
    const object_json_reader *reader, uint32_t index) {
    if (index >= reader->sink.member_count || index >= OBJECT_JSON_MEMBERS_MAX) {
        return {absent, absent};
    }
    return reader->sink.members[index];
}

extern "C" uint32_t object_json_element_count(const object_json_reader *reader) {
    return reader->sink.element_count;
}

extern "C" bet_json_value object_json_element_at(
    const object_json_reader *reader, uint32_t index, uint32_t *member) {
    if (index >= reader->sink.element_count || index >= OBJECT_JSON_ELEMENTS_MAX) return absent;
    *member = reader->sink.element_members[index];
    return reader->sink.element_values[index];
}
