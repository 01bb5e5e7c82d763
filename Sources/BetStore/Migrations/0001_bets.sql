-- The truth about every bet. Wide fixed-size columns come first: no padding between them.

CREATE TABLE bets (
    stream_epoch bigint        NOT NULL,
    stream_seq   bigint        NOT NULL CHECK (stream_seq > 0),
    placed_at    timestamptz   NOT NULL,
    stored_at    timestamptz   NOT NULL DEFAULT now(),
    user_id      bigint        CHECK (user_id > 0),
    id           uuid          NOT NULL,
    amount       numeric(30,8) NOT NULL CHECK (amount > 0),
    game_id      text          NOT NULL,
    bet_type     text          NOT NULL,
    selection    text          NOT NULL,
    pod_id       text          NOT NULL,
    CONSTRAINT bets_pkey PRIMARY KEY (id),
    CONSTRAINT bets_stream_key UNIQUE (stream_epoch, stream_seq)
);

COMMENT ON TABLE bets IS 'One row per bet; written by ingest only.';
COMMENT ON COLUMN bets.stream_epoch IS 'Creation time of bets_stream in nanoseconds: sequences start anew with each.';
COMMENT ON COLUMN bets.amount IS 'Stake in whole units, exact.';

-- A second message about a bet that is stored already, content and all.
CREATE TABLE duplicate_bets (
    stream_epoch bigint      NOT NULL,
    stream_seq   bigint      NOT NULL CHECK (stream_seq > 0),
    stored_at    timestamptz NOT NULL DEFAULT now(),
    bet_id       uuid        NOT NULL,
    pod_id       text        NOT NULL,
    CONSTRAINT duplicate_bets_pkey PRIMARY KEY (stream_epoch, stream_seq)
);

-- A message that is not a bet, with the reason; the copy in the stream dead_letters is for tools.
CREATE TABLE rejected_bets (
    stream_epoch bigint      NOT NULL,
    stream_seq   bigint      NOT NULL CHECK (stream_seq > 0),
    published_at timestamptz NOT NULL,
    stored_at    timestamptz NOT NULL DEFAULT now(),
    bet_id       uuid,
    reason       text        NOT NULL,
    detail       text        NOT NULL,
    subject      text        NOT NULL,
    headers      jsonb       NOT NULL,
    body         bytea       NOT NULL,
    pod_id       text        NOT NULL,
    CONSTRAINT rejected_bets_pkey PRIMARY KEY (stream_epoch, stream_seq),
    CONSTRAINT rejected_bets_reason_known CHECK (reason IN (
        'malformed', 'too_large', 'content_type', 'missing_field', 'wrong_type', 'bad_id',
        'bad_game_id', 'bad_bet_type', 'bad_selection', 'bad_user_id', 'amount_range',
        'amount_precision', 'bad_timestamp', 'id_conflict', 'poison'))
);

COMMENT ON COLUMN rejected_bets.headers IS 'Array of [name, value] pairs in their order.';

-- What each start of each pod has done, as of its last commit. One writer a row: no waiting.
CREATE TABLE ingest_totals (
    stream_epoch bigint        NOT NULL,
    pod_id       text          NOT NULL,
    boot_id      text          NOT NULL,
    version      bigint        NOT NULL,
    stored       bigint        NOT NULL,
    value        numeric(38,8) NOT NULL,
    duplicates   bigint        NOT NULL,
    rejected     bigint        NOT NULL,
    started_at   timestamptz   NOT NULL DEFAULT now(),
    updated_at   timestamptz   NOT NULL DEFAULT now(),
    CONSTRAINT ingest_totals_pkey PRIMARY KEY (stream_epoch, pod_id, boot_id)
) WITH (fillfactor = 50);

-- The rejected ones by reason, beside ingest_totals.rejected.
CREATE TABLE ingest_rejections (
    stream_epoch bigint NOT NULL,
    pod_id       text   NOT NULL,
    boot_id      text   NOT NULL,
    reason       text   NOT NULL,
    count        bigint NOT NULL,
    CONSTRAINT ingest_rejections_pkey PRIMARY KEY (stream_epoch, pod_id, boot_id, reason)
) WITH (fillfactor = 50);

-- What is staked on each selection of each game. Pods write different lanes, so that they do not
-- wait for each other's commits; the total is the sum over the lanes.
CREATE TABLE game_totals (
    game_id   text          NOT NULL,
    selection text          NOT NULL,
    lane      smallint      NOT NULL,
    bets      bigint        NOT NULL,
    staked    numeric(38,8) NOT NULL,
    CONSTRAINT game_totals_pkey PRIMARY KEY (game_id, selection, lane)
) WITH (fillfactor = 50);

-- Every stream bets were ever read from, and how far its sequences have outcomes without a gap.
CREATE TABLE stream_epochs (
    epoch            bigint      PRIMARY KEY,
    outcomes_through bigint      NOT NULL DEFAULT 0 CHECK (outcomes_through >= 0),
    first_seen_at    timestamptz NOT NULL DEFAULT now()
);

-- Messages that are handled alone, because something ended the process that had them.
CREATE TABLE poison_attempts (
    stream_epoch bigint      NOT NULL,
    stream_seq   bigint      NOT NULL CHECK (stream_seq > 0),
    attempts     integer     NOT NULL CHECK (attempts > 0),
    pod_id       text        NOT NULL,
    attempted_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT poison_attempts_pkey PRIMARY KEY (stream_epoch, stream_seq)
);
