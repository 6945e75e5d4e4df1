"""What is typed into a form is kept as it is meant."""

from collector.forms import NONCE, clean, line, new_nonce


def test_each_form_has_a_number_of_its_own() -> None:
    made = {new_nonce() for _ in range(20)}
    assert len(made) == 20
    assert all(NONCE.fullmatch(each) for each in made)


def test_what_cannot_be_seen_is_left_out_and_the_ends_of_lines_stay() -> None:
    assert clean(" Cold\x00 soup.\r\nSlow\x1b till.\n ") == "Cold soup.\nSlow till."
    assert line(" liz@example.com\r\n\n  or\u00a0ring ") == "liz@example.com or ring"
