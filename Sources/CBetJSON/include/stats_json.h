/// Reads the JSON text of one pod's figures with simdjson and hands out its fields, unjudged. See
/// json_value.h for what is checked.

#ifndef STATS_JSON_H
#define STATS_JSON_H

#include "json_value.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Members of `rejected` and elements of `latency_buckets` that are handed out; all are counted.
#define STATS_JSON_REASONS_MAX 64
#define STATS_JSON_BUCKETS_MAX 128

typedef struct stats_json_reader stats_json_reader;

typedef struct stats_json_fields {
    bet_json_value pod_id;
    bet_json_value boot_id;
    bet_json_value epoch;
    bet_json_value version;
    bet_json_value total_bets;
    bet_json_value total_value;
    bet_json_value db_failures;
    bet_json_value redis_failures;
    bet_json_value odds_updates;
    bet_json_value duplicates;
    bet_json_value rejected;
    bet_json_value redeliveries;
    bet_json_value latency_buckets;
    bet_json_value started_at;
    bet_json_value sent_at;
    bet_json_value build;
    bet_json_value stopping;
    /// The names of the members of `rejected`, and their values.
    bet_json_value reasons[STATS_JSON_REASONS_MAX];
    bet_json_value reason_counts[STATS_JSON_REASONS_MAX];
    uint32_t reason_count;
    /// The elements of `latency_buckets`.
    bet_json_value buckets[STATS_JSON_BUCKETS_MAX];
    uint32_t bucket_count;
} stats_json_fields;

/// A reader for texts of at most `length_max` bytes, with all the memory it will ever need; NULL when
/// there is none. The caller destroys it.
stats_json_reader *stats_json_reader_create(size_t length_max);

/// Frees the reader and every byte it has lent.
void stats_json_reader_destroy(stats_json_reader *reader);

/// Reads one text, which is copied.
///
/// Returns the fields, the reader's own until its next read and meaningful only after BET_JSON_OK.
const stats_json_fields *stats_json_read(
    stats_json_reader *reader, const void *text, size_t length, bet_json_status *status);

/// The value in `reasons`, `reason_counts` or `buckets`; an absent one beyond the last.
bet_json_value stats_json_reason(const stats_json_fields *fields, uint32_t index);
bet_json_value stats_json_reason_count(const stats_json_fields *fields, uint32_t index);
bet_json_value stats_json_bucket(const stats_json_fields *fields, uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
