-- Sequences without an outcome whose message is gone from the stream: nobody can bring them back.
-- The audit goes on showing them; what works through sequences in order does not wait for them.
CREATE TABLE lost_sequences (
    stream_epoch bigint      NOT NULL,
    stream_seq   bigint      NOT NULL CHECK (stream_seq > 0),
    found_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT lost_sequences_pkey PRIMARY KEY (stream_epoch, stream_seq)
);

-- Games without counters in Redis. Their bets are stored and totalled like all others.
CREATE TABLE retired_games (
    game_id    text        NOT NULL,
    cause      text        NOT NULL,
    retired_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT retired_games_pkey PRIMARY KEY (game_id),
    CONSTRAINT retired_games_cause_known CHECK (cause IN ('operator', 'limit'))
);

COMMENT ON COLUMN retired_games.cause IS 'operator: betctl odds retire; limit: more games than GAMES_MAX.';

-- When a game was last bet on.
ALTER TABLE game_totals ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
