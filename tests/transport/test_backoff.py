"""Back-off: between one second and five minutes, spread by chance, forgiving after a calm time."""

from transport.backoff import Backoff


def waits(backoff: Backoff, count: int) -> list[float]:
    now, seconds = 0.0, []
    for _ in range(count):
        wait = backoff.wait(now)
        seconds.append(wait)
        now += wait
    return seconds


def test_waits_grow_within_their_bounds() -> None:
    for seed in range(200):
        seconds = waits(Backoff(seed=seed), 30)
        assert all(1.0 <= each <= 300.0 for each in seconds)
        assert seconds[0] <= 4.0
        assert max(seconds[10:]) > 60.0


def test_a_thousand_homes_do_not_come_back_at_once() -> None:
    second_try = [waits(Backoff(seed=seed), 6)[5] for seed in range(1000)]
    busiest = max(sum(int(each) == second for each in second_try) for second in range(130))
    assert busiest < 40


def test_after_a_calm_time_it_begins_anew_but_not_after_a_short_success() -> None:
    backoff = Backoff(seed=1)
    now = 0.0
    for _ in range(20):
        now += backoff.wait(now) + 50.0
    assert backoff._failures == 20
    assert backoff.wait(now + 61.0) <= 4.0
