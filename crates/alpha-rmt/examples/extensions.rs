//! Every extension of docs/theory.md §9 beside simulation by the book, as the table of results/theory/extensions.md.
//!
//! ```sh
//! cargo run --release -p alpha-rmt --example extensions [-- RUNS] > results/theory/extensions.md
//! ```
//!
//! The last column is what the law without the extension would say of the same statistic. Under a minute on two cores.

use std::sync::Arc;

use alpha_rmt::classes::{self, Classes, Rule};
use alpha_rmt::covariance::SpectralTarget;
use alpha_rmt::eigenbasis::Eigenbasis;
use alpha_rmt::elliptical::ScaleMixture;
use alpha_rmt::labels::{Intercept, Labels};
use alpha_rmt::nalgebra::{DMatrix, DVector};
use alpha_rmt::problem::{FrozenSource, Loss, Problem};
use alpha_rmt::ridge::Ridge;
use alpha_rmt::simulation::{Mixture, Noise, Statistic, moments};
use alpha_rmt::training::Training;
use alpha_rmt::unequal::{ClassCovariances, UnequalTarget};
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand_distr::{Distribution, StandardNormal};

type Result<T> = std::result::Result<T, alpha_rmt::Error>;

/// p, n and N of every row.
const P: usize = 400;
const SAMPLES: f64 = 200.0;
const SOURCE_SAMPLES: f64 = 600.0;
const SEED: u64 = 1;

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let runs: u64 = std::env::args().nth(1).map_or(Ok(1000), |word| word.parse())?;
    println!("# The extensions beside simulation by the book\n");
    println!(
        "By `cargo run --release -p alpha-rmt --example extensions`: p = {P}, n = {SAMPLES}, N = {SOURCE_SAMPLES} for each"
    );
    println!(
        "trained source, γ = 0.5, γ̃ = 1, α = 0.8 for each source, {runs} runs, seed {SEED}. The bias of the theory is"
    );
    println!(
        "of order 1/p; z that it can explain (docs/theory.md §7) is in brackets. *Without* is what the law without"
    );
    println!("the extension says of the same statistic.\n");
    println!("| extension | statistic | theory | simulated | z | without |\n|---|---|---:|---:|---:|---:|");
    kinds_of_sources(runs)?;
    labels(runs)?;
    logistic(runs)?;
    unequal(runs)?;
    elliptical(runs)?;
    several_classes(runs)?;
    Ok(())
}

/// One row of the table.
fn row(extension: &str, statistic: &str, compared: &Statistic, without: Option<f64>) {
    let theory = compared.theory.unwrap_or(f64::NAN);
    let z = compared.z.map_or("–".to_owned(), |z| format!("{z:+.1}"));
    let z = if compared.is_finite_size() { format!("({z})") } else { z };
    let without = without.map_or("–".to_owned(), |x| format!("{x:.5}"));
    let (mean, error) = (compared.mean, compared.standard_error);
    println!("| {extension} | {statistic} | {theory:.5} | {mean:.5} ± {error:.5} | {z} | {without} |");
}

/// Rows of a problem, beside another whose law leaves the extension out.
fn rows(extension: &str, problem: &Problem, plain: &Problem, runs: u64) -> Result<()> {
    let weights = vec![0.8; problem.sources.len()];
    let report = problem.report(Some(&weights))?;
    let without = plain.report(Some(&weights[..plain.sources.len()]))?;
    for compared in problem.compare(&report, runs, SEED)? {
        let without = match compared.name.as_str() {
            "mean" => without.mean,
            "variance" => without.variance,
            "accuracy" => Some(without.accuracy),
            _ => continue,
        };
        let statistic = Statistic {
            name: "",
            theory: Some(compared.theory),
            mean: compared.mean,
            standard_error: compared.standard_error,
            z: compared.z,
            bias: compared.bias,
        };
        row(extension, &compared.name, &statistic, without);
    }
    Ok(())
}

/// Eigenvalues that decay, of mean about 1.
fn spectrum() -> Vec<f64> {
    (0..P).map(|i| 0.2 + 8.0 / (1.0 + i as f64 / 10.0)).collect()
}

/// A mean that lies along all of them.
fn mean(seed: u64) -> Vec<f64> {
    let rng = &mut StdRng::seed_from_u64(seed);
    (0..P)
        .map(|i| {
            let normal: f64 = StandardNormal.sample(rng);
            1.4 * (0.6 + 0.4 * normal) / (1.0 + i as f64 / 20.0).sqrt() / 6.0
        })
        .collect()
}

/// A covariance with eigenvectors of its own.
fn wishart(rows: usize, scale: f64, seed: u64) -> DMatrix<f64> {
    let rng = &mut StdRng::seed_from_u64(seed);
    let g = DMatrix::<f64>::from_fn(P, rows, |_, _| StandardNormal.sample(rng));
    (&g * g.transpose() / rows as f64 + DMatrix::identity(P, P) * 0.05) * scale
}

fn trained(covariance: &Arc<Eigenbasis>, [samples, ridge]: [f64; 2], data: Option<&str>) -> FrozenSource {
    FrozenSource::Trained {
        mean: mean(2),
        covariance: covariance.clone(),
        training: Training { samples, ridge },
        data: data.map(str::to_owned),
    }
}

fn problem(sources: Vec<FrozenSource>) -> Result<Problem> {
    Ok(Problem {
        mean: mean(1),
        covariance: Arc::new(Eigenbasis::diagonal(spectrum())?),
        training: Training { samples: SAMPLES, ridge: 0.5 },
        labels: Labels::default(),
        loss: Loss::Squared,
        sources,
    })
}

/// Given, random and trained sources in one target; covariances that do not commute; shared samples; a singular C.
fn kinds_of_sources(runs: u64) -> Result<()> {
    let own = Arc::new(Eigenbasis::covariance(&wishart(250, 1.5, 3))?);
    let identity = Arc::new(Eigenbasis::identity(P)?);
    let given = FrozenSource::Given(mean(4).iter().map(|m| 0.4 * m).collect());
    let variances = (0..P).map(|i| (0.3 + (i % 5) as f64) / P as f64).collect();
    let random = FrozenSource::Random { mean: mean(5).iter().map(|m| 0.4 * m).collect(), variances };
    let mixed = problem(vec![given.clone(), random.clone(), trained(&own, [SOURCE_SAMPLES, 1.0], None)])?;
    let plain = problem(vec![
        given.clone(),
        FrozenSource::Given(mean(5).iter().map(|m| 0.4 * m).collect()),
        trained(&identity, [SOURCE_SAMPLES, 1.0], None),
    ])?;
    rows("given, random and trained with its own C̃", &mixed, &plain, runs)?;
    let singular: Vec<f64> = spectrum().iter().enumerate().map(|(i, s)| if i % 3 == 0 { 0.0 } else { *s }).collect();
    let singular = Problem { covariance: Arc::new(Eigenbasis::diagonal(singular)?), ..mixed.clone() };
    rows("the same, C of rank 266", &singular, &mixed, runs)?;
    let shared = problem(vec![trained(&own, [150.0, 0.2], Some("one")), trained(&own, [150.0, 2.0], Some("one"))])?;
    let apart = problem(vec![trained(&own, [150.0, 0.2], None), trained(&own, [150.0, 2.0], None)])?;
    rows("two sources on the same samples", &shared, &apart, runs)
}

/// Label noise, unequal classes, both thresholds.
fn labels(runs: u64) -> Result<()> {
    let plain = problem(vec![trained(&Arc::new(Eigenbasis::identity(P)?), [SOURCE_SAMPLES, 1.0], None)])?;
    for (extension, noise, positive_share, intercept) in [
        ("label noise ε = 0.15", 0.15, 0.5, Intercept::None),
        ("fitted intercept, π = 0.8", 0.0, 0.8, Intercept::Fitted),
        ("best threshold, π = 0.8", 0.0, 0.8, Intercept::Best),
        ("both: ε = 0.1, π = 0.7, fitted", 0.1, 0.7, Intercept::Fitted),
    ] {
        let labels = Labels { noise, positive_share, intercept };
        rows(extension, &Problem { labels, ..plain.clone() }, &plain, runs)?;
    }
    Ok(())
}

fn logistic(runs: u64) -> Result<()> {
    let plain = problem(vec![trained(&Arc::new(Eigenbasis::identity(P)?), [SOURCE_SAMPLES, 1.0], None)])?;
    rows("logistic loss", &Problem { loss: Loss::Logistic, ..plain.clone() }, &plain, runs)
}

/// The weighted sum of given sources that the next two rows use.
fn source() -> DVector<f64> {
    DVector::from_iterator(P, mean(2).into_iter().map(|m| 0.4 * m + 0.01))
}

fn unequal(runs: u64) -> Result<()> {
    let (share, training) = (0.3, Training { samples: SAMPLES, ridge: 0.5 });
    let c = [wishart(600, 1.6, 6), wishart(200, 0.4, 7)];
    let sources = vec![alpha_rmt::covariance::SpectralSource::given(source().as_slice().to_vec())];
    let dense = ClassCovariances::dense(c[0].clone(), c[1].clone())?;
    let theory = UnequalTarget::new(dense, share, mean(1), sources)?.law(training)?.at(&[0.8])?;
    let pooled = Eigenbasis::covariance(&(&c[0] * share + &c[1] * (1.0 - share)))?;
    let pooled = pooled.target(&mean(1), &[alpha_rmt::covariance::Source::Given(source().as_slice())])?;
    let pooled = pooled.law(training)?.at(&[0.8])?;
    let [plus, minus] = [Noise::covariance(&c[0])?, Noise::covariance(&c[1])?];
    let drawer = Mixture::new(mean(1), plus)?.with_negative_noise(minus)?;
    let labels: Vec<f64> =
        (0..SAMPLES as usize).map(|i| if (i as f64) < share * SAMPLES { 1.0 } else { -1.0 }).collect();
    let measured = moments(runs, |index| {
        let x = drawer.draw(&labels, &mut StdRng::seed_from_u64(10_000 + index));
        let path = Ridge::new(x, training.ridge)?.alpha_path(&DVector::from_column_slice(&labels), &source())?;
        let [plus, minus] = drawer.class_decisions(path.at(0.8).as_slice())?;
        let accuracy = share * plus.accuracy() + (1.0 - share) * minus.accuracy();
        Ok([plus.mean, plus.variance, minus.variance, accuracy])
    })?;
    let theory = [theory.mean, theory.variances[0], theory.variances[1], theory.accuracy];
    let without = [pooled.mean, pooled.variance, pooled.variance, pooled.accuracy()];
    table(
        "unequal covariances, π = 0.3",
        ["mean", "variance on +1", "variance on −1", "accuracy"],
        theory,
        measured,
        without,
    );
    Ok(())
}

fn elliptical(runs: u64) -> Result<()> {
    let training = Training { samples: SAMPLES, ridge: 0.5 };
    let student = ScaleMixture::student(4.0)?;
    let sources = vec![alpha_rmt::covariance::SpectralSource::given(source().as_slice().to_vec())];
    let target = SpectralTarget::new(spectrum(), mean(1), sources)?;
    let theory = target.elliptical_law(training, &student)?.at(&[0.8])?;
    let gaussian = target.law(training)?.at(&[0.8])?;
    let drawer = Mixture::new(mean(1), Noise::diagonal(&spectrum())?)?.with_scales(student.clone());
    let labels = vec![1.0; SAMPLES as usize];
    let measured = moments(runs, |index| {
        let x = drawer.draw(&labels, &mut StdRng::seed_from_u64(20_000 + index));
        let path = Ridge::new(x, training.ridge)?.alpha_path(&DVector::from_column_slice(&labels), &source())?;
        let decision = drawer.decision(path.at(0.8).as_slice())?;
        Ok([decision.mean, decision.variance * student.mean(), student.accuracy(&decision)])
    })?;
    let theory = [theory.mean, theory.variance, theory.accuracy];
    let without = [gaussian.mean, gaussian.variance, gaussian.accuracy()];
    table("elliptical: Student's t, ν = 4", ["mean", "variance", "accuracy"], theory, measured, without);
    Ok(())
}

fn several_classes(runs: u64) -> Result<()> {
    let means: Vec<DVector<f64>> = (0..4).map(|c| DVector::from_vec(mean(30 + c))).collect();
    let centre = means.iter().sum::<DVector<f64>>() / 4.0;
    let means = DMatrix::from_fn(P, 4, |i, c| 1.6 * (means[c][i] - centre[i]) + if i % 4 == c { 0.05 } else { 0.0 });
    let problem = classes::Problem {
        sources: vec![classes::Source::given(&means * (DMatrix::identity(4, 4) * 0.3) + DMatrix::repeat(P, 4, 0.01))],
        classes: Classes::one_hot(means, vec![0.4, 0.3, 0.2, 0.1])?,
        covariance: Arc::new(Eigenbasis::diagonal(spectrum())?),
        training: Training { samples: SAMPLES, ridge: 0.5 },
        intercept: classes::Intercept::Fitted,
        rule: Rule::LargestScore,
    };
    let theory = problem.target()?.law(problem.training)?;
    let accuracies = |law: &classes::ClassLaw| -> Result<Vec<f64>> {
        [0.0, 0.8].iter().map(|alpha| Ok(law.at(&[*alpha])?.accuracy()?.value)).collect()
    };
    let expected = accuracies(&theory)?;
    let measured = problem.simulate(runs, SEED, 2, |run| accuracies(&run.law))?;
    for (i, name) in ["accuracy at α = 0", "accuracy"].into_iter().enumerate() {
        let bias = Statistic::allowance(measured[i].deviation(), P as f64);
        row("4 classes, shares .4 to .1", name, &Statistic::new("", Some(expected[i]), measured[i], bias), None);
    }
    Ok(())
}

/// Rows of several statistics.
fn table<const K: usize>(
    extension: &str,
    names: [&str; K],
    theory: [f64; K],
    measured: [alpha_rmt::simulation::Moments; K],
    without: [f64; K],
) {
    for i in 0..K {
        let bias = Statistic::allowance(measured[i].deviation(), P as f64);
        row(extension, names[i], &Statistic::new("", Some(theory[i]), measured[i], bias), Some(without[i]));
    }
}
