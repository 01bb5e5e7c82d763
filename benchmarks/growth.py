"""What the size of the table costs: the drain on an empty table, and on one of millions of rows.

The rows lie in a database of their own on the same server, so that both take turns. They were
inserted with all indexes in place and random ids, in the name of an earlier stream; the tables
beside them fit, and at the end an audit says so. The large table grows by what each round stores.

After a checkpoint Postgres logs each page of the indexes whole when it first changes, which on the
large table is nearly one for each of the first bets: with a checkpoint before each run this is the
worst case, since in operation one comes every few minutes. Both can be measured.
"""

import time

import drain
import machine

EMPTY, GROWN = "betting", "grown"
GROW = """
SET synchronous_commit = off;
DO $$ BEGIN
    FOR chunk IN 0..{chunks} - 1 LOOP
        INSERT INTO bets (stream_epoch, stream_seq, placed_at, id, amount, game_id, bet_type,
            selection, pod_id)
        SELECT {epoch}, n, now(), gen_random_uuid(), 1 + n % 100, 'game_' || 1 + n % {games},
            'moneyline', '-', 'earlier'
        FROM generate_series(chunk * {size} + 1, (chunk + 1) * {size}) AS n;
        COMMIT;
    END LOOP;
END $$;
INSERT INTO stream_epochs (epoch, outcomes_through)
SELECT {epoch}, count(*) FROM bets;
INSERT INTO ingest_totals (stream_epoch, pod_id, boot_id, version, stored, value, duplicates,
    rejected)
SELECT {epoch}, 'earlier', 'earlier', 1, count(*), sum(amount), 0, 0 FROM bets;
INSERT INTO game_totals (game_id, selection, lane, bets, staked)
SELECT game_id, selection, 0, count(*), sum(amount) FROM bets GROUP BY 1, 2;
VACUUM (ANALYZE);
"""
CHUNK_ROWS = 100_000
# Of the earlier stream: before any other.
EPOCH = 1_600_000_000_000_000_000


class GrowthBenchmark:
    """`options`: rows, bets, growth_pairs, games, checkpoint."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options

    def run(self):
        self._grow()
        runs = []
        for pair in range(self.options.growth_pairs):
            for database in (EMPTY, GROWN) if pair % 2 == 0 else (GROWN, EMPTY):
                run = {"pair": pair + 1, **self._drain(database, pair + 1)}
                runs.append(run)
                print(f"pair {pair + 1}: {drain.describe(run)}", flush=True)
                if database == GROWN and pair + 1 == self.options.growth_pairs:
                    print(self.engine.betctl("audit").splitlines()[-1], flush=True)
        rates = {
            name: [run["per_s"] for run in runs if run["arm"] == name] for name in (EMPTY, GROWN)
        }
        figures = {
            "drain_empty_per_s": drain.median(rates[EMPTY]),
            "drain_grown_per_s": drain.median(rates[GROWN]),
            "ratio_growth": drain.median((b / a for a, b in zip(*rates.values())), 3),
        }
        return {"figures": figures, "runs": runs}

    def _grow(self):
        self.servers.psql("-c", f"CREATE DATABASE {GROWN} OWNER betting", user="postgres")
        self.servers.database = GROWN
        self.engine.betctl("migrate")
        began = time.monotonic()
        script = GROW.format(
            epoch=EPOCH,
            chunks=-(-self.options.rows // CHUNK_ROWS),
            size=min(CHUNK_ROWS, self.options.rows),
            games=self.options.games,
        )
        self.servers.psql(script=script)
        rows = int(self.servers.psql("-c", "SELECT count(*) FROM bets"))
        seconds = time.monotonic() - began
        print(f"{rows:,} rows inserted in {seconds:.0f} s, load {machine.load()}", flush=True)

    def _drain(self, database, pair):
        # New streams and counters come with the small database's reset.
        self.servers.database = EMPTY
        self.engine.reset()
        # Bets that neither table has.
        fill = self.engine.fill(self.options.bets, "--games", str(self.options.games), seed=pair)
        self.servers.database = database
        self.engine.betctl("streams")
        if database == GROWN:
            # As it was before: the counters have every row.
            self.engine.betctl("odds", "rebuild")
        self.servers.settle(self.options.checkpoint)
        self.engine.start(1)
        with drain.measured(self.servers, database, self.options.bets) as run:
            self.engine.wait_for_outcomes(self.options.bets)
        self.engine.wait_for_answers()
        return {**run, **self.engine.stop(), "fill": fill, **self._outcomes()}

    def _outcomes(self):
        outcomes = self.engine.outcomes(self.options.bets)
        if outcomes["duplicates"]:
            raise RuntimeError(f"the bets were there already: {outcomes}")
        return outcomes
