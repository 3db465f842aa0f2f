//! What a run is: every setting, with presets.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::adapter::{AdapterConfig, Init, Method};
use crate::batches::{Order, Padding, PlanConfig};
use crate::device::DeviceChoice;
use crate::error::{Error, Result};
use crate::glue::{CustomConfig, Task};
use crate::optimiser::AdamConfig;
use crate::splits::SplitConfig;
use crate::training::CUSTOM;
use crate::training::settings::overlay;

/// Settings that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// As the authors' runs: α moves on rows that train too, decay on everything, no clipping, random order, and the
    /// evaluation files scored all along, so that "best" is chosen on them.
    Paper,
    /// Training, α and selection rows disjoint; the evaluation files are scored once, at the end.
    Clean,
    /// transformers' Trainer with PEFT's LoRA.
    Hf,
}

/// Number format of matrix products and hidden states; adapters, α, head, loss and optimiser are fp32 always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// 32 bits.
    Fp32,
    /// 32 bits, but on a GPU the factors of products are rounded to 10 bits of mantissa.
    Tf32,
    /// bfloat16: 8 bits of mantissa, about five times as fast where the processor multiplies it.
    Bf16,
}

impl Precision {
    /// Format and device of the computation, made ready.
    ///
    /// # Errors
    /// [`Error::Parameter`] for TF32 on a CPU.
    pub fn place(self, device: tch::Device) -> Result<(tch::Kind, tch::Device)> {
        let wrong =
            |allowed: String| Error::Parameter { name: "precision".to_owned(), value: "tf32".to_owned(), allowed };
        match self {
            Self::Tf32 if !device.is_cuda() => return Err(wrong("fp32 or bf16 on a CPU".to_owned())),
            Self::Tf32 => crate::system::allow_tf32(true).map_err(|reason| wrong(format!("fp32 or bf16: {reason}")))?,
            Self::Fp32 | Self::Bf16 => {}
        }
        let kind = if self == Self::Bf16 { tch::Kind::BFloat16 } else { tch::Kind::Float };
        Ok((kind, device))
    }
}

/// How α is trained.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `optimiser` | Adam at 5e-3, β 0.9, 0.99, no decay | its own optimiser, at a constant learning rate | |
/// | `batch` | 64 | rows of an α batch | at least 1 |
/// | `every` | 10 | T: α moves in the steps of an epoch that T divides, the first included | at least 1 |
/// | `joint` | false | instead, α moves with the adapters in every step, on their batch | |
/// | `shuffle` | true | whether the α rows are shuffled for each pass over them | |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlphaConfig {
    /// Its optimiser.
    pub optimiser: AdamConfig,
    /// Rows of an α batch.
    pub batch: usize,
    /// The period T.
    pub every: u64,
    /// Whether α moves with the adapters.
    pub joint: bool,
    /// Whether the α rows are shuffled.
    pub shuffle: bool,
}

impl Default for AlphaConfig {
    fn default() -> Self {
        let optimiser = AdamConfig { learning_rate: 5e-3, weight_decay: 0.0, ..AdamConfig::default() };
        Self { optimiser, batch: 64, every: 10, joint: false, shuffle: true }
    }
}

/// All settings of a run. `experiments/` has those of the paper's Table 2.
///
/// | field | paper | clean | hf | meaning |
/// |---|---|---|---|---|
/// | `adapter.method` | alpha-lora | alpha-lora | lora | |
/// | `adapter.init` | paper | paper | peft | |
/// | `optimiser` | 1e-4, β 0.9, 0.99, decay 0.01 | the same | 5e-5, β 0.9, 0.999, no decay | adapters and head |
/// | `decay_all` | true | false | false | whether biases decay too |
/// | `warmup` | 0 | 0.06 | 0 | share of the steps |
/// | `clip` | none | 1 | 1 | longest gradient, Euclidean |
/// | `lora_plus` | none | none | none | LoRA+: learning rate of B / that of A |
/// | `equal_cost` | false | false | false | LoRA with as many more steps as α's batches would cost |
/// | `epochs` | 10 | 10 | 3 | |
/// | `batches.batch` | 64 | 64 | 8 | rows of a batch |
/// | `batches.order` | random | length-bucketed | random | |
/// | `batches.padding` | longest | longest | longest | |
/// | `split` | α 0.2 of the rows, which train too | α 0.1, selection 0.1, disjoint | α 0, selection 0 | |
/// | `evaluate_dev` | true | false | true | whether the evaluation files are scored during training |
/// | `evaluate_every` | 200 | 200 | once an epoch (0) | steps within an epoch |
/// | `seed` | 1 | 1 | 42 | |
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The settings it started from.
    pub preset: Preset,
    /// A Hugging Face folder, or a hub id.
    pub model: String,
    /// A GLUE task's name, or "custom" for tables of one's own.
    pub task: String,
    /// Folder of the task's files; for a custom task that of train.csv and dev.csv (or .tsv).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Columns of a custom task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<CustomConfig>,
    /// Rows of the training file that are used, from the first; all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train_rows: Option<usize>,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// Passes over the training rows.
    pub epochs: u64,
    /// Most steps, in all epochs; the schedule then ends there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_steps: Option<u64>,
    /// Longest input in tokens; the task's in the paper if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_length: Option<usize>,
    /// `cpu`, `cuda`, `cuda:1` or `auto`.
    pub device: DeviceChoice,
    /// Format of the matrix products.
    pub precision: Precision,
    /// Threads of the CPU; libtorch's choice if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads: Option<usize>,
    /// Share of the steps over which the learning rate rises.
    pub warmup: f64,
    /// Longest gradient of adapters and head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip: Option<f64>,
    /// LoRA+: B's learning rate as a multiple of A's (Hayou et al., 2024); the same if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lora_plus: Option<f64>,
    /// LoRA with as many more steps as α's own batches would cost, at the settings of `alpha`.
    #[serde(default)]
    pub equal_cost: bool,
    /// Whether weight decay acts on biases too.
    pub decay_all: bool,
    /// Steps within an epoch between evaluations; 0: at the end of each epoch only.
    pub evaluate_every: u64,
    /// Whether the evaluation files are scored during training, and not at the end only.
    pub evaluate_dev: bool,
    /// Steps between checkpoints; one is also saved at every evaluation.
    pub checkpoint_every: u64,
    /// Rows of an evaluation batch.
    pub evaluation_batch: usize,
    /// The adapters.
    pub adapter: AdapterConfig,
    /// Optimiser of adapters and head.
    pub optimiser: AdamConfig,
    /// How α is trained.
    pub alpha: AlphaConfig,
    /// Training batches.
    pub batches: PlanConfig,
    /// Which rows train, move α and select.
    pub split: SplitConfig,
}

impl RunConfig {
    /// A preset's settings, with no model and no task yet.
    pub fn preset(preset: Preset) -> Self {
        let plan = |batch, order| PlanConfig { batch, order, padding: Padding::Longest };
        let paper = Self {
            preset,
            model: String::new(),
            task: String::new(),
            data: None,
            columns: None,
            train_rows: None,
            seed: 1,
            epochs: 10,
            max_steps: None,
            max_length: None,
            device: DeviceChoice::Auto,
            precision: Precision::Fp32,
            threads: None,
            warmup: 0.0,
            clip: None,
            lora_plus: None,
            equal_cost: false,
            decay_all: true,
            evaluate_every: 200,
            evaluate_dev: true,
            checkpoint_every: 200,
            evaluation_batch: 64,
            adapter: AdapterConfig::default(),
            optimiser: AdamConfig::default(),
            alpha: AlphaConfig { shuffle: false, ..AlphaConfig::default() },
            batches: plan(64, Order::Random),
            split: SplitConfig::Paper { alpha: 0.2, selection: 0.0 },
        };
        match preset {
            Preset::Paper => paper,
            Preset::Clean => Self {
                warmup: 0.06,
                clip: Some(1.0),
                decay_all: false,
                evaluate_dev: false,
                alpha: AlphaConfig::default(),
                batches: plan(64, Order::LengthBucketed),
                split: SplitConfig::Clean { alpha: 0.1, selection: 0.1 },
                ..paper
            },
            Preset::Hf => Self {
                seed: 42,
                epochs: 3,
                clip: Some(1.0),
                decay_all: false,
                evaluate_every: 0,
                adapter: AdapterConfig { method: Method::Lora, init: Init::Peft, ..AdapterConfig::default() },
                optimiser: AdamConfig { learning_rate: 5e-5, beta2: 0.999, weight_decay: 0.0, ..AdamConfig::default() },
                alpha: AlphaConfig::default(),
                batches: plan(8, Order::Random),
                split: SplitConfig::Clean { alpha: 0.0, selection: 0.0 },
                ..paper
            },
        }
    }

    /// Puts settings together: the preset's, over them the file's, over them the command line's. `seeds`, a file's list,
    /// gives the seed where the command line does not; its `[seed.N]` tables hold what differs for a seed.
    ///
    /// # Errors
    /// [`Error::Toml`] for an unknown key or a value of the wrong type, [`Error::Parameter`] for one out of range.
    pub fn assemble(file: Option<(&Path, Table)>, given: Table) -> Result<Self> {
        let (path, mut file) =
            file.map_or((PathBuf::from("command line"), Table::new()), |(path, table)| (path.into(), table));
        let invalid = |source: toml::de::Error| Error::Toml { path: path.clone(), source: Box::new(source) };
        let listed = file.remove("seeds");
        let mut per_seed = file.remove("for_seed");
        if let (None, Some(Value::Array(seeds))) = (file.get("seed"), &listed)
            && let Some(first) = seeds.first()
        {
            file.insert("seed".to_owned(), first.clone());
        }
        let seed = given.get("seed").or(file.get("seed")).map(ToString::to_string);
        if let (Some(seed), Some(Value::Table(tables))) = (seed, &mut per_seed)
            && let Some(Value::Table(table)) = tables.remove(&seed)
        {
            overlay(&mut file, table);
        }
        overlay(&mut file, given);
        let preset = file.get("preset").cloned().map_or(Ok(Preset::Clean), |word| word.try_into().map_err(invalid))?;
        let mut settings = Table::try_from(Self::preset(preset)).map_err(|source| Error::Settings { source })?;
        overlay(&mut settings, file);
        let mut config: Self = settings.try_into().map_err(invalid)?;
        if !config.adapter.has_alpha() || config.alpha.joint {
            // No α batches: their rows train instead.
            config.split = config.split.with_alpha(0.0);
        }
        config.check()?;
        Ok(config)
    }

    /// The device, with the CPU's threads set as the run wants them.
    ///
    /// # Errors
    /// As [`DeviceChoice::open`].
    pub fn open_device(&self) -> Result<tch::Device> {
        if let Some(threads) = self.threads {
            tch::set_num_threads(threads as i32);
        }
        self.device.open()
    }

    /// Steps of a run with so many in an epoch.
    pub fn total_steps(&self, per_epoch: u64) -> u64 {
        let extra = if self.equal_cost {
            let alpha_rows = self.epochs * self.alpha_steps(per_epoch) * self.alpha.batch as u64;
            alpha_rows.div_ceil(self.batches.batch as u64)
        } else {
            0
        };
        let steps = per_epoch * self.epochs + extra;
        self.max_steps.map_or(steps, |most| most.min(steps))
    }

    /// How often α moves, or would, in so many steps of an epoch.
    pub fn alpha_steps(&self, steps: u64) -> u64 {
        steps.div_ceil(self.alpha.every)
    }

    /// Checks what does not depend on model and data.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the value and what is allowed, [`Error::Word`] for a task that is none.
    pub fn check(&self) -> Result<()> {
        let wrong = |name: &str, value: String, allowed: &str| {
            Err(Error::Parameter { name: name.to_owned(), value, allowed: allowed.to_owned() })
        };
        for (name, value) in [("model", &self.model), ("task", &self.task)] {
            if value.is_empty() {
                return wrong(name, "not set".to_owned(), "given, on the command line or in the configuration");
            }
        }
        if self.task != CUSTOM {
            self.task.parse::<Task>()?;
        }
        let counts = [
            ("epochs", self.epochs),
            ("batches.batch", self.batches.batch as u64),
            ("alpha.batch", self.alpha.batch as u64),
            ("alpha.every", self.alpha.every),
            ("checkpoint_every", self.checkpoint_every),
            ("evaluation_batch", self.evaluation_batch as u64),
            ("max_steps", self.max_steps.unwrap_or(1)),
            ("train_rows", self.train_rows.unwrap_or(1) as u64),
            ("threads", self.threads.unwrap_or(1) as u64),
        ];
        if let Some((name, _)) = counts.into_iter().find(|&(_, count)| count == 0) {
            return wrong(name, "0".to_owned(), "at least 1");
        }
        if !(0.0..1.0).contains(&self.warmup) {
            return wrong("warmup", self.warmup.to_string(), "in [0, 1)");
        }
        if self.clip.is_some_and(|clip| !(clip > 0.0 && clip.is_finite())) {
            return wrong("clip", self.clip.unwrap_or_default().to_string(), "above 0");
        }
        if self.alpha.joint && !self.adapter.has_alpha() {
            return wrong("alpha.joint", "true".to_owned(), "false with --method lora, which has no α");
        }
        if self.equal_cost && self.adapter.has_alpha() {
            return wrong(
                "equal_cost",
                "true".to_owned(),
                "false with an α: it is LoRA that gets the cost of α's batches",
            );
        }
        if self.lora_plus.is_some_and(|ratio| !(ratio > 0.0 && ratio.is_finite())) {
            return wrong("lora_plus", self.lora_plus.unwrap_or_default().to_string(), "above 0");
        }
        if self.lora_plus.is_some() && self.adapter.method == Method::Full {
            return wrong("lora_plus", "set".to_owned(), "absent with --method full, which has no B");
        }
        if self.adapter.has_alpha() && !self.alpha.joint && self.split.shares().0 == 0.0 {
            return wrong("split.alpha", "0".to_owned(), "above 0: α has no rows to move on (or set alpha.joint)");
        }
        self.optimiser.check("optimiser")?;
        self.alpha.optimiser.check("alpha.optimiser")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assemble(file: &str, given: &str) -> Result<RunConfig> {
        let path = Path::new("run.toml");
        RunConfig::assemble(Some((path, toml::from_str(file).unwrap())), toml::from_str(given).unwrap())
    }

    #[test]
    fn the_command_line_wins_over_the_seed_over_the_file_over_the_preset() {
        let file = "preset = 'paper'\nmodel = 'm'\ntask = 'RTE'\nseeds = [3, 5]\nepochs = 40\n[alpha]\nevery = 20\n\
                    [for_seed.5]\nepochs = 41\nalpha.batch = 7\n";
        let config = assemble(file, "").unwrap();
        assert_eq!((config.seed, config.epochs, config.alpha.every, config.alpha.batch), (3, 40, 20, 64));
        let config = assemble(file, "seed = 5\nalpha.every = 2").unwrap();
        assert_eq!((config.seed, config.epochs, config.alpha.every, config.alpha.batch), (5, 41, 2, 7));
        assert!(!config.alpha.shuffle && config.clip.is_none(), "the rest is the preset's");
    }

    #[test]
    fn wrong_settings_are_named() {
        let of = |given: &str| {
            let error = assemble("model = 'm'\ntask = 'RTE'", given).unwrap_err();
            format!("{error}: {}", std::error::Error::source(&error).map_or(String::new(), ToString::to_string))
        };
        assert!(of("epoch = 3").contains("epoch"), "{}", of("epoch = 3"));
        assert_eq!(of("epochs = 0"), "epochs is 0, but must be at least 1: ");
        assert_eq!(of("clip = -1.0"), "clip is -1, but must be above 0: ");
        assert!(of("optimiser.learning_rate = nan").starts_with("optimiser.learning_rate is NaN"));
        assert!(of("split.alpha = 0.0").starts_with("split.alpha is 0"));
        assert!(of("preset = 'papr'").contains("papr"));
        assert_eq!(
            of("task = ''"),
            "task is not set, but must be given, on the command line or in the configuration: "
        );
    }

    #[test]
    fn lora_at_equal_cost_takes_the_steps_that_alpha_would() {
        // An epoch of 39 steps of 64 rows; every 20 steps, from the first, 32 rows for α: 2 batches, so 1 step more.
        let given = "epochs = 3\nbatches.batch = 64\nalpha.batch = 32\nalpha.every = 20\nadapter.method = 'lora'\n";
        let of = |more: &str| assemble("model = 'm'\ntask = 'RTE'", &format!("{given}{more}")).unwrap().total_steps(39);
        assert_eq!((of(""), of("equal_cost = true")), (117, 117 + 3));
        assert_eq!(of("equal_cost = true\nmax_steps = 118"), 118);
        let refused = assemble("model = 'm'\ntask = 'RTE'", "equal_cost = true").unwrap_err();
        assert!(refused.to_string().starts_with("equal_cost is true"), "{refused}");
    }

    #[test]
    fn presets_survive_a_file() {
        for preset in [Preset::Paper, Preset::Clean, Preset::Hf] {
            let config = RunConfig { model: "m".into(), task: "RTE".into(), ..RunConfig::preset(preset) };
            let text = toml::to_string(&config).unwrap();
            assert_eq!(toml::from_str::<RunConfig>(&text).unwrap(), config, "{text}");
        }
    }
}
