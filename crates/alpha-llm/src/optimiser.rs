//! Adam and AdamW as PyTorch defines them, over one flat buffer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use crate::adapter::Parameters;
use crate::error::{Error, Result};

/// Settings of an optimiser.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `learning_rate` | 1e-4 | first learning rate | above 0 |
/// | `beta1`, `beta2` | 0.9, 0.99 | decay of the moments | [0, 1) |
/// | `eps` | 1e-8 | added to the root of the second moment | above 0 |
/// | `weight_decay` | 0.01 | decoupled decay (AdamW); 0 is Adam | at least 0 |
/// | `decay_target` | 0 | what decay pulls to | finite |
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdamConfig {
    /// Learning rate before the schedule.
    pub learning_rate: f64,
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// Added to the denominator.
    pub eps: f64,
    /// Decoupled weight decay; 0 makes it Adam.
    pub weight_decay: f64,
    /// The value that decay pulls to.
    pub decay_target: f64,
}

impl Default for AdamConfig {
    fn default() -> Self {
        Self { learning_rate: 1e-4, beta1: 0.9, beta2: 0.99, eps: 1e-8, weight_decay: 0.01, decay_target: 0.0 }
    }
}

impl AdamConfig {
    /// Checks every value; `of` names the optimiser in messages.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the value and what is allowed.
    pub(crate) fn check(&self, of: &str) -> Result<()> {
        let checks = [
            (
                "learning_rate",
                self.learning_rate,
                self.learning_rate > 0.0 && self.learning_rate.is_finite(),
                "above 0",
            ),
            ("beta1", self.beta1, (0.0..1.0).contains(&self.beta1), "in [0, 1)"),
            ("beta2", self.beta2, (0.0..1.0).contains(&self.beta2), "in [0, 1)"),
            ("eps", self.eps, self.eps > 0.0 && self.eps.is_finite(), "above 0"),
            (
                "weight_decay",
                self.weight_decay,
                self.weight_decay >= 0.0 && self.weight_decay.is_finite(),
                "at least 0",
            ),
            ("decay_target", self.decay_target, self.decay_target.is_finite(), "finite"),
        ];
        match checks.into_iter().find(|(_, _, allowed, _)| !allowed) {
            None => Ok(()),
            Some((name, value, _, allowed)) => Err(Error::parameter(format!("{of}.{name}"), value, allowed)),
        }
    }
}

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019), in PyTorch's order of operations:
/// p ← p − ηλ(p − target), m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p − η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) + ε).
#[derive(Debug)]
pub struct Adam {
    config: AdamConfig,
    steps: i64,
    first: Tensor,
    second: Tensor,
    /// 1 where weights decay; everywhere if absent.
    decays: Option<Tensor>,
    /// Factors of the learning rate; 1 everywhere if absent.
    rates: Option<Tensor>,
}

impl Adam {
    /// An optimiser for these parameters, all moments 0. Parameters whose name makes `excluded` true do not decay.
    pub fn new(config: AdamConfig, parameters: &Parameters, excluded: impl Fn(&str) -> bool) -> Self {
        let zeros = || parameters.flat().zeros_like();
        let decays = by_name(parameters, |name| if excluded(name) { 0.0 } else { 1.0 });
        Self { config, steps: 0, first: zeros(), second: zeros(), decays, rates: None }
    }

    /// Multiplies the learning rate of each parameter, and with it its decay, by a factor that depends on its name.
    pub(crate) fn with_rates(self, parameters: &Parameters, factor: impl Fn(&str) -> f64) -> Self {
        Self { rates: by_name(parameters, factor), ..self }
    }

    /// One update with the gradients of all parameters, in their order, at this learning rate.
    pub fn step(&mut self, parameters: &Parameters, gradients: &Tensor, learning_rate: f64) {
        let _guard = tch::no_grad_guard();
        self.steps += 1;
        let AdamConfig { beta1, beta2, eps, weight_decay, decay_target, .. } = self.config;
        let mut flat = parameters.flat().shallow_clone();
        if weight_decay > 0.0 {
            let shrink = learning_rate * weight_decay;
            match (&self.decays, &self.rates) {
                (None, None) if decay_target == 0.0 => {
                    let _ = flat.g_mul_scalar_(1.0 - shrink);
                }
                (decays, rates) => {
                    let excess = [decays, rates].into_iter().flatten().fold(&flat - decay_target, |x, by| x * by);
                    let _ = flat.subtract_(&(excess * shrink));
                }
            }
        }
        let _ = self.first.lerp_(gradients, 1.0 - beta1);
        let _ = self.second.g_mul_scalar_(beta2).addcmul_(gradients, gradients);
        let power = |beta: f64| 1.0 - beta.powf(self.steps as f64);
        // addcmul above has no factor here: the second moment is kept as v/(1−β₂), and the factor joins the root.
        let root = (self.second.sqrt() * ((1.0 - beta2) / power(beta2)).sqrt()) + eps;
        let step = &self.first / root * (learning_rate / power(beta1));
        let _ = flat.subtract_(&self.rates.iter().fold(step, |step, rates| step * rates));
    }

    /// Steps taken, and the moments by name.
    pub(crate) fn state(&self) -> (i64, BTreeMap<String, Tensor>) {
        let moments = [("first_moment", &self.first), ("second_moment", &self.second)];
        let on_cpu = |tensor: &Tensor| tensor.to_device(tch::Device::Cpu).copy();
        (self.steps, moments.map(|(name, tensor)| (name.to_owned(), on_cpu(tensor))).into())
    }

    /// Names and shapes of the moments, as `model::fit` takes them.
    pub(crate) fn shapes(&self) -> Vec<(String, Vec<i64>)> {
        ["first_moment", "second_moment"].map(|name| (name.to_owned(), self.first.size())).into()
    }

    /// Takes up a saved state, whose names and shapes are those of [`Adam::shapes`].
    pub(crate) fn restore(&mut self, steps: i64, moments: &BTreeMap<String, Tensor>) {
        let _guard = tch::no_grad_guard();
        self.steps = steps;
        self.first.copy_(&moments["first_moment"]);
        self.second.copy_(&moments["second_moment"]);
    }
}

/// A number for each parameter by its name, laid out as the parameters are; nothing if all are 1.
fn by_name(parameters: &Parameters, number: impl Fn(&str) -> f64) -> Option<Tensor> {
    let _guard = tch::no_grad_guard();
    let named = || parameters.names().iter().zip(parameters.leaves());
    named().any(|(name, _)| number(name) != 1.0).then(|| {
        let parts: Vec<_> = named().map(|(name, leaf)| leaf.detach().reshape([-1]).full_like(number(name))).collect();
        Tensor::cat(&parts, 0)
    })
}

/// All gradients in one flat tensor, fp32; an empty one on the CPU if there are none.
pub fn flatten(gradients: &[Tensor]) -> Tensor {
    if gradients.is_empty() {
        return Tensor::zeros([0], (Kind::Float, tch::Device::Cpu));
    }
    let rows: Vec<_> = gradients.iter().map(|gradient| gradient.to_kind(Kind::Float).reshape([-1])).collect();
    Tensor::cat(&rows, 0)
}

/// Scales a gradient down to this Euclidean norm if it is longer, as PyTorch's `clip_grad_norm_` does. The host
/// does not wait for the norm.
pub(crate) fn clip(gradient: &mut Tensor, longest: f64) {
    let _ = gradient.g_mul_(&(longest / (gradient.norm() + 1e-6)).clamp_max(1.0));
}

/// The learning rate's factor at a step from 0 of `total`: up from 0 over `warmup` steps, then linearly down to 0.
pub(crate) fn linear_schedule(step: u64, warmup: u64, total: u64) -> f64 {
    if step < warmup {
        step as f64 / warmup as f64
    } else {
        total.saturating_sub(step) as f64 / total.saturating_sub(warmup).max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_is_transformers() {
        // finetuning facts: s/max(1,w) below w, else max(0, (N−s)/max(1, N−w)).
        let factors: Vec<_> = (0..6).map(|step| linear_schedule(step, 2, 5)).collect();
        assert_eq!(factors, [0.0, 0.5, 1.0, 2.0 / 3.0, 1.0 / 3.0, 0.0]);
        assert_eq!(linear_schedule(0, 0, 4), 1.0);
        assert_eq!(linear_schedule(3, 0, 4), 0.25);
    }

    #[test]
    fn decay_spares_the_excluded_and_pulls_to_its_target() {
        // Two steps without a gradient at rate 0.5 and decay 0.2: each shrinks the distance to the target by 0.9.
        for (target, expected) in [(0.0, 2.0 * 0.81), (1.0, 1.0 + 0.81)] {
            let named = ["weight", "bias"].map(|name| (name.to_owned(), Tensor::from_slice(&[2.0_f32])));
            let parameters = Parameters::new(named.into(), tch::Device::Cpu);
            let config = AdamConfig { weight_decay: 0.2, decay_target: target, ..AdamConfig::default() };
            let mut adam = Adam::new(config, &parameters, |name| name == "bias");
            for _ in 0..2 {
                adam.step(&parameters, &parameters.flat().zeros_like(), 0.5);
            }
            let got = Vec::<f32>::try_from(parameters.flat()).unwrap();
            assert!((f64::from(got[0]) - expected).abs() < 1e-6 && got[1] == 2.0, "to {target}: {got:?}");
        }
    }

    #[test]
    fn a_rate_multiplies_step_and_decay() {
        // PyTorch's parameter groups: the group's rate is in both. With a constant gradient the moments cancel to its sign.
        let named = ["lora_A", "lora_B"].map(|name| (name.to_owned(), Tensor::from_slice(&[2.0_f32])));
        let parameters = Parameters::new(named.into(), tch::Device::Cpu);
        let config = AdamConfig { weight_decay: 0.2, eps: 1e-30, ..AdamConfig::default() };
        let factor = |name: &str| if name == "lora_B" { 4.0 } else { 1.0 };
        let mut adam = Adam::new(config, &parameters, |_| false).with_rates(&parameters, factor);
        adam.step(&parameters, &parameters.flat().full_like(3.0), 0.1);
        let got = Vec::<f32>::try_from(parameters.flat()).unwrap();
        for (got, rate) in got.into_iter().zip([0.1, 0.4]) {
            let expected = 2.0 * (1.0 - rate * 0.2) - rate;
            assert!((f64::from(got) - expected).abs() < 1e-6, "at rate {rate}: {got}, not {expected}");
        }
    }

    #[test]
    fn clipping_keeps_the_direction() {
        let mut gradient = Tensor::from_slice(&[3.0_f32, -4.0]);
        clip(&mut gradient, 10.0);
        assert_eq!(gradient, Tensor::from_slice(&[3.0_f32, -4.0]));
        clip(&mut gradient, 1.0);
        let expected = Tensor::from_slice(&[0.6_f32, -0.8]);
        assert!((gradient - expected).abs().max().double_value(&[]) < 1e-6);
        assert_eq!(flatten(&[]).numel(), 0);
    }
}
