#!/usr/bin/env python3
"""The theory by NumPy and by the toolkit, side by side: the formulas of docs/theory.md, timed in turns on one core and on all.

    python3 scripts/compare/theory.py [--rounds 3] [--large]

Needs numpy and scipy, and cargo. Each round runs NumPy and the example `timings` of alpha-rmt one after the other, with one
thread and with as many as there are cores, since other work may share them; the best of all rounds counts. --large adds p = 4000.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import numpy as np
from scipy.special import ndtr

NAMES = {
    "point": "`point`: alpha*, accuracies",
    "points": "10^6 points as arrays, no file",
    "gram": "p = 1000: Gram of 2000 samples and its eigenbasis",
    "path": "p = 1000: path of 100 ridges, decomposition included",
    "law": "p = 1000: law at one more ridge",
    "run": "one run by the book, p = 1000, N = n = 5000",
    "ten runs": "ten such runs",
    "large path": "p = 4000: path of 100 ridges, decomposition included",
}


def timed(name, function, calls=1, rounds=3):
    """Prints the time of a call as the toolkit's example does."""
    best = np.inf
    for _ in range(rounds):
        start = time.perf_counter()
        function()
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"name": name, "seconds": best / calls}), flush=True)


def isotropic(N, n, p, mu, perp, beta, source_ridge, ridge):
    """alpha*, and the accuracies at 0, 1, alpha* and of the source; theory sections 2, 4 and 5."""

    def fixed_point(eta, gamma):
        c = eta - 1 + gamma
        g = np.where(c > 0, 0.5 * (c + np.sqrt(c * c + 4 * gamma)), 2 * gamma / (np.sqrt(c * c + 4 * gamma) - c))
        return g, eta / (1 + g) ** 2

    eta = p / n
    g, df2 = fixed_point(eta, ridge)
    g_s, df2_s = fixed_point(p / N, source_ridge)
    M = beta**2 * mu**2 + (1 - beta**2) * perp**2
    lam, lam_s = M + 1 + g, mu**2 + 1 + g_s
    s = beta * mu**2 / lam_s
    W = (mu**2 / lam_s**2 + df2_s * (1 - mu**2 / lam_s) ** 2) / (1 - df2_s)
    star = eta * (1 + g) * s / (g * (lam * M * W - (lam - eta) * s * s))

    def accuracy(alpha):
        m = (M + g * alpha * s) / lam
        q = (m * m / M + df2 * (1 - m) ** 2 + (g / (1 + g)) ** 2 * alpha**2 * (W - s * s / M)) / (1 - df2)
        return ndtr(m / np.sqrt(q))

    return star, accuracy(0), accuracy(1), accuracy(star), ndtr(s / np.sqrt(W))


def law(eigenvalues, mean, source, n, ridge):
    """M and K of theory section 3, in the eigenbasis."""
    kappa = 0.0
    while True:
        over = 1 / (ridge + kappa * eigenvalues)
        left = kappa * (1 + np.sum(eigenvalues * over) / n)
        step = (1 - left) / (1 + np.sum(ridge * eigenvalues * over**2) / n)
        kappa += step
        if step <= 4e-16 * kappa:
            break
    r0 = 1 / (kappa * eigenvalues + ridge)
    df2 = np.sum((kappa * eigenvalues * r0) ** 2) / n
    a = kappa * np.sum(mean * r0 * mean)
    M = np.array([a, ridge * np.sum(mean * r0 * source)]) / (1 + a)
    miss = np.array([1 / (1 + a), -M[1]])
    b = r0 * (np.outer([0, ridge], source) + kappa * np.outer(miss, mean))
    return M, (b * eigenvalues @ b.T + df2 * np.outer(miss, miss)) / (1 - df2)


def best_accuracy(M, K):
    return ndtr(np.sqrt(M @ np.linalg.solve(K, M)))


def dense_run(N, n, p, rng):
    """One simulated run by the book."""
    mu, target = np.zeros(p), np.zeros(p)
    mu[0], target[0], target[1] = 1.5, 1.2, 0.6

    def ridge(mean, count):
        X = mean[:, None] + rng.standard_normal((p, count))
        return X @ X.T / count + np.eye(p), X.sum(axis=1) / count

    gram, rhs = ridge(mu, N)
    source = np.linalg.solve(gram, rhs)
    gram, rhs = ridge(target, n)
    w = np.linalg.solve(gram, np.stack([rhs, source], axis=1)).sum(axis=1)
    return ndtr(w @ target / np.linalg.norm(w))


def features(p, rng):
    return rng.standard_normal((p, 2 * p)) / np.sqrt(1 + np.arange(p) / 50)[:, None]


def path(C, mean, source, n, ridges):
    s, U = np.linalg.eigh(C)
    rotated_mean, rotated_source = U.T @ mean, U.T @ source
    return [best_accuracy(*law(np.maximum(s, 0), rotated_mean, rotated_source, n, r)) for r in ridges]


def numpy_timings(large):
    setting = (5000, 40, 1000, 0.8, 0.8, 0.5, 5.0, 0.1)
    timed("point", lambda: [isotropic(*setting) for _ in range(2000)], 2000)
    c, beta = np.meshgrid(np.geomspace(0.01, 10, 1000), np.linspace(0, 1, 1000), indexing="ij")
    timed("points", lambda: isotropic(2000, 400 / c, 400, 1, 1, beta, 1, 1))

    n, ridges, rng = 200, np.geomspace(1e-3, 1e3, 100), np.random.default_rng(1)
    for p in [1000, 4000] if large else [1000]:
        x = features(p, rng)
        C = x @ x.T / (2 * p)
        mean = 1.5 / (1 + np.arange(p) / 10)
        source = 0.3 * mean + 0.01
        if p > 1000:
            timed("large path", lambda: path(C, mean, source, n, ridges), rounds=1)
            continue
        timed("gram", lambda: np.linalg.eigh(x @ x.T / (2 * p)))
        timed("path", lambda: path(C, mean, source, n, ridges))
        s = np.linalg.eigvalsh(C)
        timed("law", lambda: [law(s, mean, source, n, 0.1) for _ in range(50)], 50)
        timed("run", lambda: dense_run(5000, 5000, 1000, rng))
        timed("ten runs", lambda: [dense_run(5000, 5000, 1000, rng) for _ in range(10)], rounds=1)


def in_time(seconds):
    scale, unit = next((s, u) for s, u in ((1, "s"), (1e-3, "ms"), (1e-6, "us"), (1e-9, "ns")) if seconds >= s or s == 1e-9)
    return f"{seconds / scale:.3g} {unit}"


def best_of(runs):
    """The least time of each name over the lines of several programs."""
    best = {}
    for line in "".join(runs).splitlines():
        entry = json.loads(line)
        best[entry["name"]] = min(best.get(entry["name"], np.inf), entry["seconds"])
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--numpy", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.numpy:
        return numpy_timings(arguments.large)

    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    cargo = ["cargo", "run", "--quiet", "--release", "-p", "alpha-rmt", "--example", "timings"]
    subprocess.run(["cargo", "build", *cargo[2:]], cwd=root, check=True)
    large = ["--large"] if arguments.large else []
    programs = {"NumPy": [sys.executable, os.path.abspath(__file__), "--numpy", *large], "here": [*cargo, "--", *large]}
    cores = sorted({1, len(os.sched_getaffinity(0))})
    runs = {(who, threads): [] for who in programs for threads in cores}
    for _ in range(arguments.rounds):
        for (who, threads), lines in runs.items():
            count = {name: str(threads) for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS")}
            done = subprocess.run(programs[who], cwd=root, env=os.environ | count, check=True, text=True, stdout=subprocess.PIPE)
            lines.append(done.stdout)
    best = {key: best_of(lines) for key, lines in runs.items()}
    print(f"numpy {np.__version__}; load average {os.getloadavg()[0]:.1f}; best of {arguments.rounds} rounds")
    columns = [(who, threads) for threads in cores for who in programs]
    print("| | " + " | ".join(f"{who}, {threads} thread{'s' * (threads > 1)}" for who, threads in columns) + " | NumPy's best / here |")
    print("|---|" + "---:|" * (len(columns) + 1))
    for name, title in NAMES.items():
        times = [best[key].get(name) for key in columns]
        cells = [in_time(t) if t is not None else "" for t in times]
        numpy, here = ([t for (w, _), t in zip(columns, times) if w == who and t is not None] for who in programs)
        if numpy or here:
            print(f"| {title} | {' | '.join(cells)} | {f'{min(numpy) / min(here):.2f}' if numpy and here else ''} |")


if __name__ == "__main__":
    main()
