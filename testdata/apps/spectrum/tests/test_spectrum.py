import pytest

from spectrum import noisy_tone, peak


@pytest.mark.parametrize("freq", [5, 50, 123.5, 440])
def test_finds_the_tone(freq):
    found, share = peak(noisy_tone(freq, noise=1, seed=1))
    assert found == pytest.approx(freq, abs=0.25)
    assert share > 0.2


def test_same_seed_same_signal():
    assert (noisy_tone(50, 1, 7) == noisy_tone(50, 1, 7)).all()
    assert (noisy_tone(50, 1, 7) != noisy_tone(50, 1, 8)).any()


def test_a_clean_tone_holds_all_the_power():
    found, share = peak(noisy_tone(50, noise=0, seed=1))
    assert found == 50
    assert share > 0.999
