"""Finds a tone in noise."""

import numpy as np
from scipy import signal

RATE = 1000  # samples a second
SECONDS = 4


def noisy_tone(freq, noise, seed):
    """A sine of freq Hz with normal noise on it; the same seed gives the same noise."""
    t = np.arange(RATE * SECONDS) / RATE
    return np.sin(2 * np.pi * freq * t) + np.random.default_rng(seed).normal(0, noise, t.size)


def peak(samples):
    """The strongest frequency in Hz and its share of the power, by a windowed periodogram."""
    freqs, power = signal.periodogram(samples, fs=RATE, window="hann", scaling="spectrum")
    at = int(np.argmax(power))
    near = power[max(at - 2, 0):at + 3].sum()
    return float(freqs[at]), float(near / power.sum())
