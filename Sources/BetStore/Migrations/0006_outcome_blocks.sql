-- How many of each 4,096 sequences have their outcome, written with the outcomes: who works through
-- sequences in order need not count rows. Pods write different lanes, as in game_totals. Never more
-- than the rows; fewer where an older program stored them, and there the rows are counted. Blocks that
-- are complete and passed are deleted.
CREATE TABLE outcome_blocks (
    stream_epoch bigint   NOT NULL,
    block        bigint   NOT NULL CHECK (block >= 0),
    lane         smallint NOT NULL,
    outcomes     integer  NOT NULL CHECK (outcomes > 0),
    CONSTRAINT outcome_blocks_pkey PRIMARY KEY (stream_epoch, block, lane)
) WITH (fillfactor = 50);

COMMENT ON COLUMN outcome_blocks.block IS 'stream_seq / 4096.';
