#include "stats_json.h"

#include <cstring>
#include <memory>
#include <new>

#include "strict_json.h"

using bet_json::bytes;

namespace {

/// The members of `rejected`, whatever their names.
class reason_sink final : public bet_json::json_sink {
public:
    explicit reason_sink(stats_json_fields &result) : fields(result) {}

    bet_json_value *member(bytes key) override {
        const uint32_t index = fields.reason_count++;
        if (index >= STATS_JSON_REASONS_MAX) return nullptr;
        fields.reasons[index] = {
            BET_JSON_STRING, static_cast<uint32_t>(key.length), key.start};
        return &fields.reason_counts[index];
    }

private:
    stats_json_fields &fields;
};

/// The elements of `latency_buckets`.
class bucket_sink final : public bet_json::json_sink {
public:
    explicit bucket_sink(stats_json_fields &result) : fields(result) {}

    bet_json_value *member(bytes) override { return nullptr; }

    bet_json_value *element() override {
        const uint32_t index = fields.bucket_count++;
        return index < STATS_JSON_BUCKETS_MAX ? &fields.buckets[index] : nullptr;
    }

private:
    stats_json_fields &fields;
};

class stats_sink final : public bet_json::json_sink {
public:
    explicit stats_sink(stats_json_fields &result)
        : fields(result), reasons(result), buckets(result) {}

    bet_json_value *member(bytes key) override {
        for (const known &field : known_fields) {
            if (key.equals(field.name, std::strlen(field.name))) return &(fields.*field.value);
        }
        return nullptr;
    }

    json_sink *inside(const bet_json_value *value) override {
        if (value == &fields.rejected) return &reasons;
        return value == &fields.latency_buckets ? &buckets : nullptr;
    }

private:
    struct known {
        const char *name;
        bet_json_value stats_json_fields::*value;
    };

    static constexpr known known_fields[] = {
        {"pod_id", &stats_json_fields::pod_id},
        {"boot_id", &stats_json_fields::boot_id},
        {"epoch", &stats_json_fields::epoch},
        {"version", &stats_json_fields::version},
        {"total_bets", &stats_json_fields::total_bets},
        {"total_value", &stats_json_fields::total_value},
        {"db_failures", &stats_json_fields::db_failures},
        {"redis_failures", &stats_json_fields::redis_failures},
        {"odds_updates", &stats_json_fields::odds_updates},
        {"duplicates", &stats_json_fields::duplicates},
        {"rejected", &stats_json_fields::rejected},
        {"redeliveries", &stats_json_fields::redeliveries},
        {"latency_buckets", &stats_json_fields::latency_buckets},
        {"started_at", &stats_json_fields::started_at},
        {"sent_at", &stats_json_fields::sent_at},
        {"build", &stats_json_fields::build},
        {"stopping", &stats_json_fields::stopping},
    };

    stats_json_fields &fields;
    reason_sink reasons;
    bucket_sink buckets;
};

bet_json_value value_at(const bet_json_value *values, uint32_t count, uint32_t index) {
    return index < count ? values[index] : bet_json_value{BET_JSON_ABSENT, 0, nullptr};
}

}  // namespace

struct stats_json_reader {
    bet_json::strict_json json;
    stats_json_fields fields;
};

extern "C" stats_json_reader *stats_json_reader_create(size_t length_max) {
    std::unique_ptr<stats_json_reader> reader(new (std::nothrow) stats_json_reader());
    if (!reader || !reader->json.allocate(length_max)) return nullptr;
    return reader.release();
}

extern "C" void stats_json_reader_destroy(stats_json_reader *reader) { delete reader; }

extern "C" const stats_json_fields *stats_json_read(
    stats_json_reader *reader, const void *text, size_t length, bet_json_status *status) {
    reader->fields = {};
    stats_sink sink(reader->fields);
    *status = reader->json.read(text, length, sink);
    return &reader->fields;
}

extern "C" bet_json_value stats_json_reason(const stats_json_fields *fields, uint32_t index) {
    return value_at(fields->reasons, STATS_JSON_REASONS_MAX, index);
}

extern "C" bet_json_value stats_json_reason_count(
    const stats_json_fields *fields, uint32_t index) {
    return value_at(fields->reason_counts, STATS_JSON_REASONS_MAX, index);
}

extern "C" bet_json_value stats_json_bucket(const stats_json_fields *fields, uint32_t index) {
    return value_at(fields->buckets, STATS_JSON_BUCKETS_MAX, index);
}
