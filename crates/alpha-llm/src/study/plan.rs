//! Which runs a study has.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::glue::Task;
use crate::input;
use crate::json;
use crate::study::{Variant, files};
use crate::training::RunConfig;
use crate::training::settings::{get, overlay, seeds};

/// The settings of the paper's Table 2, as this build was made with them.
fn built_in(task: Task) -> &'static str {
    macro_rules! file {
        ($name:literal) => {
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/experiments/table2/", $name))
        };
    }
    match task {
        Task::Mnli => file!("MNLI.toml"),
        Task::Qnli => file!("QNLI.toml"),
        Task::Mrpc => file!("MRPC.toml"),
        Task::Rte => file!("RTE.toml"),
        Task::Sst2 => file!("SST-2.toml"),
        Task::Qqp => file!("QQP.toml"),
    }
}

/// What a study is to be.
///
/// | field | default | meaning | range |
/// |---|---|---|---|
/// | `model` | roberta-base | folder or hub id | |
/// | `tasks` | all six | | at least one, each once |
/// | `methods` | LoRA, α-LoRA | | at least one, each once |
/// | `seeds` | each task's in the paper | | each once |
/// | `epochs_scale` | 1 | factor of each task's epochs, which are rounded up | above 0 |
/// | `selection` | 0.05 | share of the training rows that do not train but choose a step | [0, 1) |
/// | `lora_plus` | 16 | learning rate of B / that of A, for LoRA+ | above 0 |
/// | `settings` | none | further settings of every run | none that the fields above, task, seed or method set |
/// | `experiments` | built in | folder of TASK.toml | |
#[derive(Debug, Clone, PartialEq)]
pub struct StudyConfig {
    /// A Hugging Face folder or a hub id.
    pub model: String,
    /// The columns of the table.
    pub tasks: Vec<Task>,
    /// Its rows.
    pub methods: Vec<Variant>,
    /// The seeds; those of the paper if absent, which differ between tasks.
    pub seeds: Option<Vec<u64>>,
    /// Factor of the number of epochs.
    pub epochs_scale: f64,
    /// Share of the training rows held out to choose a step.
    pub selection: f64,
    /// The ratio of learning rates of LoRA+.
    pub lora_plus: f64,
    /// Settings that go over the files'.
    pub settings: Table,
    /// Folder of files like `experiments/table2`.
    pub experiments: Option<PathBuf>,
}

impl Default for StudyConfig {
    fn default() -> Self {
        Self {
            model: "roberta-base".to_owned(),
            tasks: Task::ALL.into(),
            methods: vec![Variant::Lora, Variant::AlphaLora],
            seeds: None,
            epochs_scale: 1.0,
            selection: 0.05,
            lora_plus: 16.0,
            settings: Table::new(),
            experiments: None,
        }
    }
}

/// The runs of a study, in the order in which one machine makes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// The runs.
    pub runs: Vec<Planned>,
}

/// A run of a study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planned {
    /// Its folder below the study's `runs`.
    pub name: String,
    /// Its method.
    pub method: Variant,
    /// Everything else.
    pub config: RunConfig,
}

impl Plan {
    /// Plans a study: all methods of a seed before the next seed, all seeds of a task before the next task.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a value out of range; [`Error::Read`], [`Error::Toml`] for an experiment file; those of
    /// [`RunConfig::assemble`].
    pub fn new(study: &StudyConfig) -> Result<Self> {
        study.check()?;
        let mut runs = Vec::new();
        for &task in &study.tasks {
            let (path, file) = study.experiment(task)?;
            for seed in study.seeds(&path, &file)? {
                for &method in &study.methods {
                    let config = study.run(task, seed, method, (&path, &file))?;
                    runs.push(Planned { name: format!("{task}-{method}-{seed}"), method, config });
                }
            }
        }
        Ok(Self { runs })
    }

    /// Reads OUT/plan.json.
    ///
    /// # Errors
    /// [`Error::Read`] if there is none, [`Error::Json`] if it is damaged.
    pub fn read(out: &Path) -> Result<Self> {
        json::read(&out.join(files::PLAN))
    }

    /// Writes OUT/plan.json. A plan that is there may grow: every run that it has must be among the new ones.
    ///
    /// # Errors
    /// [`Error::OtherPlan`] if it is not; those of [`Plan::read`]; [`Error::Store`] where the file cannot be written.
    pub fn write(&self, out: &Path) -> Result<()> {
        let path = out.join(files::PLAN);
        if path.exists()
            && let Some(lost) = Self::read(out)?.runs.iter().find(|run| !self.runs.contains(run))
        {
            return Err(Error::OtherPlan { path, run: lost.name.clone() });
        }
        json::write(&path, self)
    }

    /// The N-th run, from 1.
    ///
    /// # Errors
    /// [`Error::Parameter`] if there is no such run.
    pub fn run(&self, number: usize) -> Result<&Planned> {
        number.checked_sub(1).and_then(|place| self.runs.get(place)).ok_or_else(|| {
            let allowed = format!("between 1 and {}, the runs of the plan", self.runs.len());
            Error::parameter("number of the run", number, allowed)
        })
    }
}

impl Planned {
    /// Its task; a plan has no others.
    pub fn task(&self) -> &str {
        &self.config.task
    }

    /// Its folder.
    pub fn folder(&self, out: &Path) -> PathBuf {
        out.join(files::RUNS).join(&self.name)
    }
}

impl StudyConfig {
    fn check(&self) -> Result<()> {
        let wrong = |name: &str, value: String, allowed: &str| Err(Error::parameter(name, value, allowed));
        // What the study sets itself would overrule them without a word, or make a method something else than its name says.
        const OWN: [(&str, &str); 8] = [
            ("model", "--model"),
            ("task", "--tasks"),
            ("seed", "--seeds"),
            ("split.selection", "--selection"),
            ("adapter.method", "--methods"),
            ("equal_cost", "--methods"),
            ("alpha.joint", "--methods"),
            ("lora_plus", "--methods and --lora-plus"),
        ];
        for (key, option) in OWN {
            if let Some(value) = get(&self.settings, key) {
                return wrong(
                    &format!("--set {}", alpha_store::settings::written(key)),
                    value.to_string(),
                    &format!("left to {option}"),
                );
            }
        }
        let seeds = self.seeds.iter().flatten().map(u64::to_string).collect::<Vec<_>>();
        let lists = [
            ("tasks", self.tasks.iter().map(Task::to_string).collect()),
            ("methods", self.methods.iter().map(Variant::to_string).collect()),
            ("seeds", seeds),
        ];
        for (name, list) in lists {
            let mut once: Vec<&String> = list.iter().collect();
            once.sort();
            once.dedup();
            let missing = list.is_empty() && (name != "seeds" || self.seeds.is_some());
            if missing || once.len() < list.len() {
                return wrong(name, format!("[{}]", list.join(", ")), "at least one, each once");
            }
        }
        if !(self.epochs_scale > 0.0 && self.epochs_scale.is_finite()) {
            return wrong("epochs-scale", self.epochs_scale.to_string(), "above 0");
        }
        if !(0.0..1.0).contains(&self.selection) {
            return wrong("selection", self.selection.to_string(), "in [0, 1)");
        }
        Ok(())
    }

    /// The settings of a task, and where they are from.
    fn experiment(&self, task: Task) -> Result<(PathBuf, Table)> {
        let name = format!("{task}.toml");
        let (path, text) = match &self.experiments {
            None => (Path::new("experiments/table2").join(name), built_in(task).to_owned()),
            Some(folder) => {
                let path = folder.join(name);
                let text = input::text(&path)?;
                (path, text)
            }
        };
        let table = alpha_store::settings::table(&text)
            .map_err(|source| Error::Toml { path: path.clone(), source: Box::new(source) })?;
        Ok((path, table))
    }

    fn seeds(&self, path: &Path, file: &Table) -> Result<Vec<u64>> {
        if let Some(seeds) = &self.seeds {
            return Ok(seeds.clone());
        }
        let name = || format!("seeds of {}", path.display());
        seeds(path, file)?.ok_or_else(|| Error::parameter(name(), "not set", "a list, there or by --seeds"))
    }

    fn run(&self, task: Task, seed: u64, method: Variant, (path, file): (&Path, &Table)) -> Result<RunConfig> {
        let mut given = self.settings.clone();
        overlay(&mut given, method.settings(self.lora_plus));
        given.insert("model".to_owned(), self.model.clone().into());
        given.insert("task".to_owned(), task.name().into());
        given.insert("seed".to_owned(), Value::try_from(seed).map_err(|source| Error::Settings { source })?);
        let mut config = RunConfig::assemble(Some((path, file.clone())), given)?;
        // 0.2 of 15 epochs is 3, although 0.2 · 15 is a little more in floating point.
        config.epochs = (config.epochs as f64 * self.epochs_scale - 1e-9).ceil().max(1.0) as u64;
        config.split = config.split.with_selection(self.selection);
        config.check()?;
        Ok(config)
    }
}
