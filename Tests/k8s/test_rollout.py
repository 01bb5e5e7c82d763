"""What a rollout does to money, with local processes: api-servers and workers by the settings of
their manifests are replaced one by one while players place bets."""

import signal

import pytest

from engine import PROGRAMS
from manifests import pod
from rolled_engine import Crowd, RolledEngine

USERS = range(7, 11)
DEPOSIT = 100_000


@pytest.fixture
def engine():
    if not (PROGRAMS / "api-server").exists():
        pytest.skip(f"no executables in {PROGRAMS}")
    with RolledEngine() as running:
        for program in ("worker", "api-server"):
            running.deploy(program)
        yield running


def deposit(engine):
    """Each user's money and a round, asked for where operators ask. Returns the users' tokens."""
    admin = engine.address_of("api-server", "ADMIN_PORT")
    operator = engine.token(1, "--operator")
    for user in USERS:
        engine.ask(f"{admin}api/admin/deposits", operator,
                   {"userId": user, "amount": DEPOSIT}, f"deposit-{user}")
    engine.ask(f"{admin}api/admin/rounds", operator, {"id": "round-1"}, "round-1")
    return {user: engine.token(user) for user in USERS}


def roll(engine, program):
    """Replaces the pods, and checks that each ended in order within its grace period."""
    workload, _ = engine.workload(program)
    grace = pod(workload)["terminationGracePeriodSeconds"]
    ended = engine.roll(program)
    assert len(ended) == workload["spec"]["replicas"]
    assert all(status == 0 and seconds < grace for status, seconds in ended), ended


def test_a_rollout_or_a_kill_loses_no_bet_and_places_none_twice(engine):
    tokens = deposit(engine)
    with Crowd(engine, tokens, "round-1") as crowd:
        engine.until(lambda: len(crowd.accepted) > 50, "nobody could bet")
        for program in ("api-server", "worker"):
            before = len(crowd.accepted)
            roll(engine, program)
            engine.until(lambda: len(crowd.accepted) > before + 50, f"no bets after {program}")
        # What a pod that is killed had placed, nobody was told.
        engine.roll("api-server", signal.SIGKILL)
    assert not crowd.refused, crowd.refused[:3]

    accepted = set(crowd.accepted)
    assert len(accepted) == len(crowd.accepted)
    assert set(engine.query("SELECT id FROM placed_bets")) == accepted
    keys = engine.query("SELECT idempotent_key FROM ledger_transactions WHERE kind = 'BET'")
    assert sorted(keys) == sorted(f"BET:{bet}" for bet in accepted)
    engine.until(lambda: engine.query("SELECT count(*) FROM bet_outbox") == ["0"],
                 "the outbox does not drain")
    engine.until(lambda: engine.query("SELECT count(*) FROM bets") == [str(len(accepted))],
                 "not every placed bet is stored")
    assert set(engine.query("SELECT id FROM bets")) == accepted
    engine.run("betctl", "audit")  # Fails unless it is clean.
    print(f"{len(accepted)} bets accepted, {crowd.repeated} requests repeated")
