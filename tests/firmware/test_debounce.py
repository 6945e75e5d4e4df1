from kiosk.debounce import Debouncer

# What a finger does → which edges are presses. Times in milliseconds, bounce 20.
TABLE = [
    ("a clean press", [(0, 100), (1, 180)], [100]),
    ("a contact that bounces on the way down", [(0, 100), (1, 101), (0, 103), (1, 104), (0, 106), (1, 200)], [100]),
    ("a contact that bounces on the way up", [(0, 100), (1, 200), (0, 202), (1, 203), (0, 205), (1, 206)], [100]),
    ("a button held for a minute", [(0, 100), (1, 60_100)], [100]),
    ("twenty presses in a second", [(n % 2, 100 + 25 * n) for n in range(40)], [100 + 50 * n for n in range(20)]),
    ("a tap shorter than the bounces", [(0, 100), (1, 101), (0, 150), (1, 151)], [100, 150]),
    ("the interrupt of a release was dropped", [(0, 100), (0, 300), (1, 310), (0, 400)], [100, 400]),
    (
        "the same level sampled again and again",
        [(0, 100), (0, 110), (1, 120), (1, 130), (1, 140), (0, 141)],
        [100, 141],
    ),
]


def presses(edges, debouncer=None, button=0):
    debouncer = debouncer or Debouncer(1)
    return [at for level, at in edges if debouncer.edge(button, level, at)]


def test_table():
    for name, edges, expected in TABLE:
        assert presses(edges) == expected, name


def test_two_buttons_together_are_two_presses():
    debouncer = Debouncer(4)
    assert [debouncer.edge(1, 0, 100), debouncer.edge(2, 0, 100)] == [True, True]


def test_a_held_button_does_not_blind_the_others():
    debouncer = Debouncer(2)
    debouncer.edge(0, 0, 100)
    assert presses([(0, 200), (1, 260), (0, 320), (1, 380)], debouncer, 1) == [200, 320]
    assert not debouncer.quiet


def test_a_button_that_is_down_at_the_start_counts_from_then():
    assert presses([(0, 0), (1, 500), (0, 600)]) == [0, 600]
