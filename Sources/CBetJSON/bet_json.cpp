#include "bet_json.h"

#include <memory>
#include <new>

#include "strict_json.h"

using bet_json::bytes;

namespace {

class bet_sink final : public bet_json::json_sink {
public:
    explicit bet_sink(bet_json_fields &result) : fields(result) {}

    bet_json_value *member(bytes key) override {
        bet_json_value *const known = known_field(key);
        if (!known) fields.unknown_count++;
        return known;
    }

private:
    bet_json_value *known_field(bytes key) {
        switch (key.length) {
            case 2: return key.equals("id", 2) ? &fields.id : nullptr;
            case 6: return key.equals("amount", 6) ? &fields.amount : nullptr;
            case 7:
                if (key.equals("game_id", 7)) return &fields.game_id;
                return key.equals("user_id", 7) ? &fields.user_id : nullptr;
            case 8: return key.equals("bet_type", 8) ? &fields.bet_type : nullptr;
            case 9:
                if (key.equals("timestamp", 9)) return &fields.timestamp;
                return key.equals("selection", 9) ? &fields.selection : nullptr;
            default: return nullptr;
        }
    }

    bet_json_fields &fields;
};

}  // namespace

struct bet_json_reader {
    bet_json::strict_json json;
};

extern "C" bet_json_reader *bet_json_reader_create(size_t length_max) {
    std::unique_ptr<bet_json_reader> reader(new (std::nothrow) bet_json_reader());
    if (!reader || !reader->json.allocate(length_max)) return nullptr;
    return reader.release();
}

extern "C" void bet_json_reader_destroy(bet_json_reader *reader) { delete reader; }

extern "C" bet_json_status bet_json_read(
    bet_json_reader *reader, const void *text, size_t length, bet_json_fields *fields) {
    *fields = {};
    bet_sink sink(*fields);
    return reader->json.read(text, length, sink);
}
