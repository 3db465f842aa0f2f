//! What a run is: every setting, with presets.

use std::path::{Path, PathBuf};

use alpha_store::settings::{from_table, normal};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::adapter::{AdapterConfig, Method};
use crate::batches::PlanConfig;
use crate::device::DeviceChoice;
use crate::error::{COMMAND_LINE, Error, Result};
use crate::glue::{CUSTOM, CustomConfig, Task};
use crate::optimiser::AdamConfig;
use crate::splits::SplitConfig;
use crate::training::settings::{overlay, seeds, take_seed};
use crate::training::{Precision, Preset};

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
/// | `equal_cost` | false | false | false | LoRA with as many more steps as α's batches would cost in the same run |
/// | `epochs` | 10 | 10 | 3 | |
/// | `batches.batch` | 64 | 64 | 8 | rows of a batch |
/// | `batches.order` | random | length-bucketed | random | |
/// | `batches.padding` | longest | longest | longest | |
/// | `split` | α 0.2 of the rows, which train too | α 0.1, selection 0.1, disjoint | α 0, selection 0 | |
/// | `evaluate_dev` | true | false | true | whether the evaluation files are scored during training |
/// | `evaluate_every` | 200 | 200 | once an epoch (0) | see below |
/// | `seed` | 1 | 1 | 42 | |
///
/// With the preset `paper`, `evaluate_every` counts within an epoch, as the authors do: the first step of each epoch is
/// followed by an evaluation, and then every so many. With the others it counts the steps of the whole run. The last step is
/// followed by one always.
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
    /// Most steps, in all epochs; the schedule then ends there, or after the steps that `equal_cost` adds.
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
    /// LoRA with as many more steps as α's own batches would cost in the same epochs and `max_steps`, at the settings of
    /// `alpha`. With disjoint splits LoRA's epoch has α's rows as well, and so more steps than α-LoRA's to begin with.
    #[serde(default)]
    pub equal_cost: bool,
    /// Whether weight decay acts on biases too.
    pub decay_all: bool,
    /// Steps between evaluations, within an epoch (`paper`) or over the whole run; 0: at the end of each epoch only.
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
    /// Puts settings together: the preset's, over them the file's, over them the command line's. `seeds`, a file's list,
    /// gives the seed where the command line does not; its `[for_seed.N]` tables hold what differs for a seed.
    ///
    /// # Errors
    /// [`Error::Toml`] for an unknown key or a value of the wrong type, which names the file or the command line;
    /// [`Error::Parameter`] for one out of range.
    pub fn assemble(file: Option<(&Path, Table)>, given: Table) -> Result<Self> {
        let (path, mut file) = file.unwrap_or((Path::new(COMMAND_LINE), Table::new()));
        let invalid =
            |path: &Path, source: toml::de::Error| Error::Toml { path: path.into(), source: Box::new(source) };
        file = normal(file).map_err(|source| invalid(path, source))?;
        let given = normal(given).map_err(|source| invalid(Path::new(COMMAND_LINE), source))?;
        if let (Some(seeds), false) = (seeds(path, &file)?, file.contains_key("seed")) {
            file.insert("seed".to_owned(), Value::try_from(seeds[0]).map_err(|source| Error::Settings { source })?);
        }
        file.remove("seeds");
        let seed = given.get("seed").or(file.get("seed")).map(ToString::to_string);
        if let Some(table) = take_seed(path, &mut file, seed.as_deref())? {
            overlay(&mut file, table);
        }
        let preset = |table: &Table, path: &Path| {
            let word = table.get("preset").cloned();
            word.map(|word| word.try_into().map_err(|source| invalid(path, source))).transpose()
        };
        let preset = match preset(&given, Path::new(COMMAND_LINE))? {
            Some(preset) => preset,
            None => preset(&file, path)?.unwrap_or(Preset::Clean),
        };
        let preset = Table::try_from(Self::preset(preset)).map_err(|source| Error::Settings { source })?;
        // The command line alone first, so that its mistakes are not called the file's.
        let mut alone = preset.clone();
        overlay(&mut alone, given.clone());
        from_table::<Self>(alone).map_err(|source| invalid(Path::new(COMMAND_LINE), source))?;
        let mut settings = preset;
        overlay(&mut settings, file);
        overlay(&mut settings, given);
        let mut config: Self = from_table(settings).map_err(|source| invalid(path, source))?;
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
        if let Some(threads) = self.threads.and_then(|threads| i32::try_from(threads).ok()) {
            tch::set_num_threads(threads);
        }
        self.device.open()
    }

    /// Whether F1 is reported beside accuracy: MRPC and QQP.
    pub fn reports_f1(&self) -> bool {
        self.task.parse::<Task>().is_ok_and(Task::reports_f1)
    }

    /// Steps of a run with so many in an epoch.
    pub fn total_steps(&self, per_epoch: u64) -> u64 {
        let steps = per_epoch.saturating_mul(self.epochs);
        let steps = self.max_steps.map_or(steps, |most| most.min(steps));
        if !self.equal_cost {
            return steps;
        }
        let alpha_rows = self.alpha_steps(per_epoch, steps).saturating_mul(self.alpha.batch as u64);
        steps.saturating_add(alpha_rows.div_ceil(self.batches.batch as u64))
    }

    /// How often α moves, or would, in so many steps: in those of an epoch that T divides.
    pub(crate) fn alpha_steps(&self, per_epoch: u64, steps: u64) -> u64 {
        self.within(per_epoch, steps, |steps| steps.div_ceil(self.alpha.every))
    }

    /// How many evaluations follow so many steps.
    pub(crate) fn evaluations(&self, per_epoch: u64, steps: u64) -> u64 {
        let (every, per_epoch, last) = (self.evaluate_every, per_epoch.max(1), steps.saturating_sub(1));
        let (regular, last) = match (every, self.preset) {
            (0, _) => (steps / per_epoch, steps.is_multiple_of(per_epoch)),
            (_, Preset::Paper) => {
                let within = self.within(per_epoch, steps, |steps| steps.div_ceil(every));
                (within, (last % per_epoch).is_multiple_of(every))
            }
            _ => (steps / every, steps.is_multiple_of(every)),
        };
        regular + u64::from(!last)
    }

    /// What is counted anew in each epoch.
    fn within(&self, per_epoch: u64, steps: u64, count: impl Fn(u64) -> u64) -> u64 {
        let per_epoch = per_epoch.max(1);
        (steps / per_epoch).saturating_mul(count(per_epoch)).saturating_add(count(steps % per_epoch))
    }

    /// Checks what does not depend on model and data.
    ///
    /// # Errors
    /// [`Error::Parameter`] with the value and what is allowed, [`Error::Word`] for a task that is none.
    pub fn check(&self) -> Result<()> {
        let wrong = |name: &str, value: String, allowed: &str| Err(Error::parameter(name, value, allowed));
        for (name, value) in [("model", &self.model), ("task", &self.task)] {
            if value.is_empty() {
                return wrong(name, "not set".to_owned(), "given, on the command line or in the configuration");
            }
        }
        if self.task != CUSTOM {
            self.task.parse::<Task>().map_err(|error| match error {
                Error::Word { what, word, allowed } => {
                    Error::Word { what, word, allowed: format!("{allowed}, or custom for tables of your own") }
                }
                error => error,
            })?;
            if self.columns.is_some() {
                return wrong("columns", "set".to_owned(), "absent but for a custom task: a GLUE task has its own");
            }
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
        ];
        if let Some((name, _)) = counts.into_iter().find(|&(_, count)| count == 0) {
            return wrong(name, "0".to_owned(), "at least 1");
        }
        if let Some(threads) = self.threads.filter(|threads| !(1..=1024).contains(threads)) {
            return wrong("threads", threads.to_string(), "between 1 and 1024");
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
    use alpha_store::settings::{from_text, to_text};

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
        assert!(of("optimiser.learning_rate = nan").starts_with("optimiser.learning-rate is NaN"));
        assert!(of("split.alpha = 0.0").starts_with("split.alpha is 0"));
        assert!(of("preset = 'papr'").contains("papr"));
        assert_eq!(of("threads = 4294967296"), "threads is 4294967296, but must be between 1 and 1024: ");
        assert_eq!(
            of("task = ''"),
            "task is not set, but must be given, on the command line or in the configuration: "
        );
        assert!(of("columns.text = 'review'").starts_with("columns is set, but must be absent"));
    }

    #[test]
    fn mistakes_are_blamed_on_where_they_are() {
        let own = "model = 'm'\ntask = 'RTE'\n";
        assert_eq!(assemble(own, "epochs = 'x'").unwrap_err().to_string(), "command line is not a valid configuration");
        assert_eq!(
            assemble(own, "alpha.evry = 1").unwrap_err().to_string(),
            "command line is not a valid configuration"
        );
        let of = |file: &str| assemble(&format!("{own}{file}"), "").unwrap_err().to_string();
        assert_eq!(of("epochs = 'x'"), "run.toml is not a valid configuration");
        for seeds in ["3", "[]", "[3, 5, 3]", "[-1]", "['3']"] {
            let message = of(&format!("seeds = {seeds}"));
            assert!(message.starts_with("seeds of run.toml is ") && message.contains("each once"), "{message}");
        }
        for wrong in ["for_seed = 3", "for_seed.3 = 5", "for_seed.x = {}"] {
            assert!(of(wrong).starts_with("for-seed of run.toml is "), "{}", of(wrong));
        }
    }

    #[test]
    fn evaluations_are_counted_as_the_trainer_makes_them() {
        let steps = 25;
        let of = |preset: Preset, every: u64| {
            RunConfig { evaluate_every: every, ..RunConfig::preset(preset) }.evaluations(10, steps)
        };
        // After the steps 1, 5, 9 of each epoch, and the last; 4, 8, … 24 and 25; 10, 20 and 25.
        assert_eq!((of(Preset::Paper, 4), of(Preset::Clean, 4), of(Preset::Hf, 0)), (3 + 3 + 2, 7, 3));
        assert_eq!((of(Preset::Paper, 7), of(Preset::Clean, 5)), (2 + 2 + 1 + 1, 5));
    }

    #[test]
    fn lora_at_equal_cost_takes_the_steps_that_alpha_would() {
        // An epoch of 39 steps of 64 rows; every 20 steps, from the first, 32 rows for α: 2 batches, so 1 step more.
        let given = "epochs = 3\nbatches.batch = 64\nalpha.batch = 32\nalpha.every = 20\nadapter.method = 'lora'\n";
        let of = |more: &str| {
            let mut table: Table = toml::from_str(given).unwrap();
            overlay(&mut table, toml::from_str(more).unwrap());
            assemble("model = 'm'\ntask = 'RTE'", &table.to_string()).unwrap().total_steps(39)
        };
        assert_eq!((of(""), of("equal_cost = true")), (117, 117 + 3));
        // As long as α-LoRA runs, and what its α would cost by then: one epoch and 11 steps have 3 batches, 1.5 steps' worth.
        assert_eq!(of("equal_cost = true\nmax_steps = 118"), 120);
        assert_eq!((of("max_steps = 50"), of("equal_cost = true\nmax_steps = 50")), (50, 52));
        assert_eq!(of("epochs = 9000000000000000000\nequal_cost = true"), u64::MAX, "and no overflow");
        let refused = assemble("model = 'm'\ntask = 'RTE'", "equal_cost = true").unwrap_err();
        assert!(refused.to_string().starts_with("equal-cost is true"), "{refused}");
    }

    #[test]
    fn f1_is_reported_where_the_task_does() {
        for (task, reported) in [("MRPC", true), ("QQP", true), ("RTE", false), ("custom", false)] {
            let config = RunConfig { task: task.to_owned(), ..RunConfig::preset(Preset::Clean) };
            assert_eq!(config.reports_f1(), reported, "{task}");
        }
    }

    #[test]
    fn presets_survive_a_file() {
        for preset in [Preset::Paper, Preset::Clean, Preset::Hf] {
            let config = RunConfig { model: "m".into(), task: "RTE".into(), ..RunConfig::preset(preset) };
            let text = to_text(&config).unwrap();
            assert!(text.contains("evaluation-batch") && !text.lines().any(|line| line.contains('_')), "{text}");
            assert_eq!(from_text::<RunConfig>(&text).unwrap(), config, "{text}");
            // As runs from before have it.
            assert_eq!(from_text::<RunConfig>(&toml::to_string(&config).unwrap()).unwrap(), config);
        }
    }
}
