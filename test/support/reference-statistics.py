"""
A second implementation of the evaluation table's numbers, with nothing of the first: the standard library only.
Standard input: {"groups": [[number, ...], ...], "pairs": [[[number, number], ...], ...], "confidence": c, "seed": s};
without a seed there is no bootstrap, which takes its time here.
Standard output: {"groups": [{...}], "pairs": [{...}]}.
"""
import itertools
import json
import math
import statistics
import sys
from fractions import Fraction


def exact_mean(values):
    return sum(map(Fraction, values)) / len(values)


def quantile(values, p):
    ordered = [Fraction(value) for value in sorted(values)]
    place = Fraction(p) * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (place - low))


def incomplete_beta(a, b, x):
    """The regularised incomplete beta function by its continued fraction (DLMF 8.17.22)."""
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    front = math.exp(a * math.log(x) + b * math.log1p(-x) + math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)) / a
    # 1 + d1/(1 + d2/(1 + ...)), from the end to the beginning
    fraction = 0.0
    for step in range(400, 0, -1):
        m = step // 2
        if step % 2 == 0:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        else:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        fraction = numerator / (1 + fraction)
    return front / (1 + fraction)


def t_two_sided(t, freedom):
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t)) if t != 0 else 1.0


def t_critical(confidence, freedom):
    low, high = 0.0, 1e6
    for _ in range(200):
        middle = (low + high) / 2
        if t_two_sided(middle, freedom) > 1 - confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


MASK = 0xFFFFFFFF


class Xoshiro:
    """xoshiro128** of prng.di.unimi.it."""

    def __init__(self, seed):
        self.state = []
        z = seed & MASK
        for _ in range(4):
            z = (z + 0x9E3779B9) & MASK
            x = z
            x = ((x ^ (x >> 16)) * 0x85EBCA6B) & MASK
            x = ((x ^ (x >> 13)) * 0xC2B2AE35) & MASK
            self.state.append(x ^ (x >> 16))

    def next(self):
        rotl = lambda x, k: ((x << k) | (x >> (32 - k))) & MASK
        s = self.state
        result = (rotl((s[1] * 5) & MASK, 7) * 9) & MASK
        t = (s[1] << 9) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotl(s[3], 11)
        return result


def bootstrap(values, confidence, seed):
    ordered, source, n = sorted(values), Xoshiro(seed), len(values)
    means = [math.fsum(ordered[source.next() * n >> 32] for _ in range(n)) / n for _ in range(10_000)]
    return [quantile(means, (1 - confidence) / 2), quantile(means, (1 + confidence) / 2)]


def group(values, confidence, seed):
    n, centre = len(values), float(exact_mean(values))
    result = {"count": n, "mean": centre, "min": min(values), "max": max(values)}
    result["median"] = float(statistics.median(map(Fraction, values)))
    result["q0.1"] = quantile(values, 0.1)
    if n > 1:
        deviation = statistics.stdev(map(Fraction, values))
        half = t_critical(confidence, n - 1) * deviation / math.sqrt(n)
        result["std"] = deviation
        result["ci"] = [centre - half, centre + half]
        if seed is not None:
            result["bootstrap"] = bootstrap(values, confidence, seed)
    return result


def signed_ranks(differences):
    moved = [difference for difference in differences if difference != 0]
    if not moved:
        return 1.0
    ordered = sorted(map(abs, moved))
    rank = {size: ordered.index(size) + (ordered.count(size) + 1) / 2 for size in ordered}
    ranks = [rank[abs(difference)] for difference in moved]
    plus = sum(r for r, difference in zip(ranks, moved) if difference > 0)
    limit = min(plus, sum(ranks) - plus)
    signs = itertools.product((0, 1), repeat=len(ranks))
    below = sum(1 for sign in signs if sum(s * r for s, r in zip(sign, ranks)) <= limit)
    return min(1.0, 2 * below / 2 ** len(ranks))


def pair(pairs):
    differences = [one - other for one, other in pairs]
    centre = float(exact_mean(differences))
    deviation = statistics.stdev(map(Fraction, differences))
    t = abs(centre) / (deviation / math.sqrt(len(differences)))
    return {"wilcoxon": signed_ranks(differences), "t": t_two_sided(t, len(differences) - 1)}


question = json.load(sys.stdin)
answer = {
    "groups": [group(values, question["confidence"], question.get("seed")) for values in question["groups"]],
    "pairs": [pair(pairs) for pairs in question["pairs"]],
}
json.dump(answer, sys.stdout)
