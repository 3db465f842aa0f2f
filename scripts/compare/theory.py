#!/usr/bin/env python3
"""What the theory costs in NumPy: the formulas of docs/theory.md, timed beside the numbers of results/performance.txt.

    python3 scripts/compare/theory.py

Needs numpy and scipy. Each time is the best of three. The first line of each block is a value to compare with the
toolkit's, so that both are known to compute the same thing.
"""

import time

import numpy as np
from scipy.special import ndtr


def timed(what, function, unit=1):
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        result = function()
        best = min(best, time.perf_counter() - start)
    scale, name = next((s, n) for s, n in ((1, "s"), (1e-3, "ms"), (1e-6, "us")) if best / unit >= s or s == 1e-6)
    print(f"{what:<64}{best / unit / scale:10.3g} {name}")
    return result


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


def main():
    print("numpy", np.__version__)
    setting = (5000, 40, 1000, 0.8, 0.8, 0.5, 5.0, 0.1)
    print("alpha* at the setting of alpha-rmt's documentation:", f"{isotropic(*setting)[0]:.10f}")
    timed("point: alpha*, four accuracies (scalars)", lambda: [isotropic(*setting) for _ in range(2000)], 2000)
    c, beta = np.meshgrid(np.geomspace(0.01, 10, 1000), np.linspace(0, 1, 1000), indexing="ij")
    timed("10^6 points as arrays, no file", lambda: isotropic(2000, 400 / c, 400, 1, 1, beta, 1, 1))

    p, n = 1000, 200
    x = np.random.default_rng(1).standard_normal((p, 2000)) / np.sqrt(1 + np.arange(p) / 50)[:, None]
    C = x @ x.T / 2000
    mean = 1.5 / (1 + np.arange(p) / 10)
    source = 0.3 * mean + 0.01
    ridges = np.geomspace(1e-3, 1e3, 100)

    def path():
        s, U = np.linalg.eigh(C)
        rotated_mean, rotated_source = U.T @ mean, U.T @ source
        return [best_accuracy(*law(np.maximum(s, 0), rotated_mean, rotated_source, n, r)) for r in ridges]

    timed("p = 1000: path of 100 ridges, eigh included", path)
    s = np.linalg.eigvalsh(C)
    timed("p = 1000: law at one more ridge", lambda: [law(s, mean, source, n, 0.1) for _ in range(50)], 50)
    rng = np.random.default_rng(2)
    print("accuracy at alpha = 1 of one simulated run:", f"{dense_run(5000, 5000, 1000, rng):.4f}")
    timed("one simulated run by the book, p = 1000, N = n = 5000", lambda: dense_run(5000, 5000, 1000, rng))


if __name__ == "__main__":
    main()
