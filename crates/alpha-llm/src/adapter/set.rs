//! The adapters of all layers, as the forward pass meets them.

use std::collections::BTreeMap;

use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use tch::{Device, Tensor};

use crate::adapter::{AdapterConfig, AlphaShape, Init, Method, Parameters, Site};
use crate::error::Result;
use crate::keyed::Key;
use crate::model::EncoderConfig;

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pass {
    /// Gradients of the adapters and the head; α is a constant.
    Adapters,
    /// Gradients of α only.
    Alphas,
    /// Gradients of both.
    Joint,
    /// No gradients.
    Evaluate,
}

impl Pass {
    /// Whether α gets a gradient.
    pub fn trains_alphas(self) -> bool {
        matches!(self, Self::Alphas | Self::Joint)
    }

    /// Whether the adapters and the head get a gradient.
    pub fn trains_adapters(self) -> bool {
        matches!(self, Self::Adapters | Self::Joint)
    }

    /// A tensor of the update, cut from the graph where it is not trained.
    pub(crate) fn update(self, tensor: &Tensor) -> Tensor {
        if self.trains_adapters() { tensor.shallow_clone() } else { tensor.detach() }
    }
}

/// The update of one module.
#[derive(Debug)]
pub(crate) enum Update {
    /// scaling · B A, with A r × in and B out × r.
    LowRank { a: Tensor, b: Tensor, scaling: f64 },
    /// W̃, out × in, and b̃, out.
    Full { weight: Tensor, bias: Tensor },
}

/// The adapter of one module.
#[derive(Debug)]
pub(crate) struct ModuleAdapter {
    /// 1 or out numbers.
    pub alpha: Option<Tensor>,
    pub update: Update,
}

impl ModuleAdapter {
    /// What is added to the weight, out × in, and to the bias.
    pub fn delta(&self) -> (Tensor, Option<Tensor>) {
        match &self.update {
            Update::LowRank { a, b, scaling } => (b.detach().matmul(&a.detach()) * *scaling, None),
            Update::Full { weight, bias } => (weight.detach(), Some(bias.detach())),
        }
    }

    /// The whole matrix and its bias, where the update is one.
    pub fn full(&self) -> Option<(&Tensor, &Tensor)> {
        match &self.update {
            Update::Full { weight, bias } => Some((weight, bias)),
            Update::LowRank { .. } => None,
        }
    }
}

/// The adapters of an encoder: views of the parameters.
#[derive(Debug)]
pub struct Adapters {
    config: AdapterConfig,
    modules: BTreeMap<(usize, Site), ModuleAdapter>,
}

impl Adapters {
    /// None at all.
    pub fn none() -> Self {
        Self { config: AdapterConfig { targets: Vec::new(), ..AdapterConfig::default() }, modules: BTreeMap::new() }
    }

    /// First values of the updates and of α: A by [`Init`], B, W̃ and b̃ zero, α `alpha_init`.
    ///
    /// Names are the module's path and `lora_A`, `lora_B`, `full.weight`, `full.bias`, `alpha`.
    ///
    /// # Errors
    /// [`crate::Error::Parameter`] for a configuration that is not allowed.
    pub(crate) fn initial(config: &AdapterConfig, encoder: &EncoderConfig, seed: u64) -> Result<Initial> {
        let smallest = config.targets.iter().flat_map(|site| site.shape(encoder)).min().unwrap_or(1);
        config.check(smallest)?;
        let mut rng = Key { seed, stream: "adapters", count: 0 }.generator();
        let mut initial = Initial { updates: Vec::new(), alphas: Vec::new() };
        let zeros = |size: &[i64]| Tensor::zeros(size, (tch::Kind::Float, Device::Cpu));
        for (layer, site) in modules(config, encoder) {
            let [rows, columns] = site.shape(encoder);
            let name = |part: &str| format!("{}.{part}", site.path(layer));
            if config.method == Method::Full {
                initial.updates.push((name("full.weight"), zeros(&[rows, columns])));
                initial.updates.push((name("full.bias"), zeros(&[rows])));
            } else {
                let bound = 1.0 / (columns as f64).sqrt();
                let deviation = 1.0 / (config.rank as f64).sqrt();
                let a: Vec<f32> = (0..config.rank * columns)
                    .map(|_| match config.init {
                        Init::Paper => deviation * Distribution::<f64>::sample(&StandardNormal, &mut rng),
                        Init::Peft => rng.random_range(-bound..bound),
                    })
                    .map(|value: f64| value as f32)
                    .collect();
                initial.updates.push((name("lora_A"), Tensor::from_slice(&a).view([config.rank, columns])));
                initial.updates.push((name("lora_B"), zeros(&[rows, config.rank])));
            }
            if config.has_alpha() {
                let count = if config.alpha_shape == AlphaShape::Scalar { 1 } else { rows };
                initial.alphas.push((name("alpha"), zeros(&[count]) + config.alpha_init));
            }
        }
        Ok(initial)
    }

    /// The adapters whose tensors are in `updates` and `alphas`, under the names of [`Adapters::initial`].
    ///
    /// # Panics
    /// If one is not there; both come from [`Adapters::initial`] or were checked against it.
    pub(crate) fn of(
        config: &AdapterConfig,
        encoder: &EncoderConfig,
        updates: &Parameters,
        alphas: &Parameters,
    ) -> Self {
        let modules = modules(config, encoder).map(|(layer, site)| {
            let name = |part: &str| format!("{}.{part}", site.path(layer));
            let update = |part: &str| updates.get(&name(part)).expect("parameters were made from the configuration");
            let update = match config.method {
                Method::Full => Update::Full { weight: update("full.weight"), bias: update("full.bias") },
                _ => Update::LowRank { a: update("lora_A"), b: update("lora_B"), scaling: config.scaling() },
            };
            ((layer, site), ModuleAdapter { alpha: alphas.get(&name("alpha")), update })
        });
        Self { config: config.clone(), modules: modules.collect() }
    }

    /// Their settings.
    pub(crate) fn config(&self) -> &AdapterConfig {
        &self.config
    }

    pub(crate) fn get(&self, layer: usize, site: Site) -> Option<&ModuleAdapter> {
        self.modules.get(&(layer, site))
    }
}

/// First values, by name.
#[derive(Debug)]
pub(crate) struct Initial {
    /// A and B, or W̃ and b̃, of every module.
    pub updates: Vec<(String, Tensor)>,
    /// α of every module; empty for plain LoRA.
    pub alphas: Vec<(String, Tensor)>,
}

fn modules(config: &AdapterConfig, encoder: &EncoderConfig) -> impl Iterator<Item = (usize, Site)> {
    let mut targets = config.targets.clone();
    targets.sort();
    (0..encoder.num_hidden_layers).flat_map(move |layer| targets.clone().into_iter().map(move |site| (layer, site)))
}
