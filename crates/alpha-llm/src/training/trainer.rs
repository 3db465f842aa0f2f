//! A run from its first step to its record.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use alpha_store::datasets::Datasets;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tch::{Device, Tensor};

use crate::adapter::Pass;
use crate::batches::{Collated, Order, Plan, PlanConfig};
use crate::classifier::{Classifier, read_folder};
use crate::error::{Error, Result};
use crate::input;
use crate::keyed::Key;
use crate::model::FoldedEncoder;
use crate::optimiser::{Adam, linear_schedule};
use crate::tokens;
use crate::training::ahead::Ahead;
use crate::training::checkpoint::{Snapshot, State};
use crate::training::data::{Prepared, prepare};
use crate::training::evaluation::{Evaluation, Predictions};
use crate::training::folder::{Metrics, check_new, cut, files, is_finished, read_config_and_text};
use crate::training::losses::Losses;
use crate::training::step::{Step, Stepped};
use crate::training::{Preset, Rule, RunConfig, Watch};

/// Steps whose mean loss makes one line of metrics.jsonl.
const LOG_EVERY: u64 = 10;

/// A run in progress.
pub struct Trainer {
    pub(super) config: RunConfig,
    pub(super) out: PathBuf,
    pub(super) model: Classifier,
    pub(super) data: Prepared,
    pub(super) state: State,
    /// The weights at the best step on the evaluation file, and at the selected one.
    pub(super) kept: BTreeMap<Rule, BTreeMap<String, Tensor>>,
    /// Predictions on the evaluation files after the last step.
    pub(super) last: Option<Vec<Predictions>>,
    lengths: Vec<usize>,
    /// The α batches left of a pass over their rows, and which pass it is.
    alpha_batches: Option<(u64, Ahead)>,
    pub(super) losses: Losses,
    pub(super) adam: Adam,
    pub(super) alpha_adam: Adam,
    pub(super) metrics: File,
    pub(super) begun: Instant,
    /// Seconds until the first step could begin: model read, texts tokenised.
    pub(super) start_up: f64,
    pub(super) seconds_before: f64,
}

/// How a call to [`Trainer::run`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All steps are done.
    Finished,
    /// It was asked to stop, and a checkpoint is written.
    Stopped {
        /// Updates of the adapters so far.
        step: u64,
    },
}

/// A line of metrics.jsonl. Nothing in it depends on the clock, so that a resumed run's is the same to the byte.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Metric<'a> {
    Train { step: u64, epoch: u64, learning_rate: f64, loss: Option<f64>, alpha_loss: Option<f64> },
    Evaluation(&'a Evaluation),
}

impl Trainer {
    /// Starts a run in a new folder; `folder` is that of the model.
    ///
    /// # Errors
    /// [`Error::RunExists`] if `out` holds something; [`Error::Busy`] if another process was faster; errors of configuration,
    /// model and data; [`Error::Store`] where the folder cannot be written.
    pub fn start(config: RunConfig, folder: &Path, datasets: &Datasets, device: Device, out: &Path) -> Result<Self> {
        config.check()?;
        check_new(out)?;
        let text = alpha_store::settings::to_text(&config).map_err(|source| Error::Settings { source })?;
        // Locked before the model and the texts are read, which takes minutes; another process may have been faster.
        let metrics = Metrics::lock(out)?;
        check_new(out)?;
        let trainer = Self::open((config, &text), folder, datasets, device, out, metrics)?;
        alpha_store::output::write(&out.join(files::CONFIG), |file| file.write_all(text.as_bytes()))?;
        Ok(trainer)
    }

    /// Takes up a run where its last checkpoint left it, or at its first step if it has none.
    ///
    /// # Errors
    /// [`Error::Read`] if there is no run; [`Error::Busy`] if another process is at work on it; [`Error::Inputs`] if model,
    /// tokenizer, data or settings have changed; [`Error::Metrics`] if lines are lost; [`Error::Finished`] if it is over;
    /// errors of configuration, model and data.
    pub fn resume(out: &Path, folder: &Path, datasets: &Datasets, device: Device) -> Result<Self> {
        let (config, text) = read_config_and_text(out)?;
        let over = || if is_finished(out) { Err(Error::Finished { path: out.to_owned() }) } else { Ok(()) };
        over()?;
        let metrics = Metrics::lock(out)?;
        over()?;
        let mut trainer = Self::open((config, &text), folder, datasets, device, out, metrics)?;
        let path = out.join(files::CHECKPOINT);
        if path.exists() {
            trainer.restore(&Snapshot::read(&path)?, &path)?;
        }
        cut(&trainer.metrics, out, trainer.state.metrics_bytes)?;
        trainer.state.resumed += 1;
        Ok(trainer)
    }

    fn open(
        (config, text): (RunConfig, &str),
        folder: &Path,
        datasets: &Datasets,
        device: Device,
        out: &Path,
        metrics: Metrics,
    ) -> Result<Self> {
        let begun = Instant::now();
        let (encoder, checkpoint) = read_folder(folder)?;
        let mut data = prepare(&config, folder, &encoder, datasets)?;
        data.warnings.extend(metrics.warning);
        let labels = data.label_names.len() as i64;
        let place = config.precision.place(device)?;
        let model = Classifier::new(&encoder, &checkpoint, &config.adapter, labels, config.seed, place)?;
        let excluded = |name: &str| !config.decay_all && name.ends_with("bias");
        let rate = |name: &str| config.lora_plus.filter(|_| name.ends_with("lora_B")).unwrap_or(1.0);
        let inputs = std::iter::once(&checkpoint.sha256).chain(data.used.iter().map(|file| &file.sha256));
        let settings = Some(settings_digest(text, folder)?);
        let state = State { inputs: inputs.cloned().collect(), settings, ..State::default() };
        Ok(Self {
            adam: Adam::new(config.optimiser, model.updates(), excluded).with_rates(model.updates(), rate),
            alpha_adam: Adam::new(config.alpha.optimiser, model.alphas(), |_| false),
            metrics: metrics.file,
            kept: BTreeMap::new(),
            last: None,
            lengths: data.train.lengths(),
            alpha_batches: None,
            losses: Losses::default(),
            start_up: begun.elapsed().as_secs_f64(),
            begun,
            seconds_before: 0.0,
            out: out.to_owned(),
            config,
            model,
            data,
            state,
        })
    }

    /// Steps of an epoch.
    fn steps_per_epoch(&self) -> u64 {
        self.data.splits.train.len().div_ceil(self.config.batches.batch) as u64
    }

    /// Steps of the whole run.
    pub fn total_steps(&self) -> u64 {
        self.config.total_steps(self.steps_per_epoch())
    }

    /// Its counters.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Warnings about the data.
    pub fn warnings(&self) -> &[String] {
        &self.data.warnings
    }

    /// The rows of each class, a line for each data file.
    pub fn classes(&self) -> &[String] {
        &self.data.classes
    }

    /// Trains until the end, or until `watch` asks to stop; writes checkpoints, and at the end predictions, adapter and
    /// record.
    ///
    /// # Errors
    /// [`Error::Diverged`] when a loss is not finite, [`Error::NoGradient`] when a tensor is not trained; [`Error::Store`]
    /// where something cannot be written: the last checkpoint is then still there.
    pub fn run(&mut self, watch: &mut dyn Watch) -> Result<Outcome> {
        let (total, per_epoch) = (self.total_steps(), self.steps_per_epoch());
        let pass = if self.config.alpha.joint { Pass::Joint } else { Pass::Adapters };
        let mut folded = self.model.fold(pass);
        let for_alpha = self.model.fold(Pass::Alphas);
        let mut batches: Option<Ahead> = None;
        while self.state.step < total {
            let (epoch, within) = (self.state.step / per_epoch, self.state.step % per_epoch);
            let ahead = match batches.take().filter(|_| within > 0) {
                Some(ahead) => ahead,
                None => self.ahead(&self.data.splits.train, &self.config.batches, "batches", (epoch, within))?,
            };
            let started = Instant::now();
            let batch = ahead.next()?;
            batches = Some(ahead);
            let learning_rate = self.update(pass, &folded, &batch)?;
            if pass == Pass::Adapters && self.model.has_alphas() && within.is_multiple_of(self.config.alpha.every) {
                self.update_alpha(&for_alpha)?;
                folded = self.model.fold(pass);
            }
            self.state.step += 1;
            let last = self.state.step == total;
            if self.state.step.is_multiple_of(LOG_EVERY) || last || within + 1 == per_epoch {
                let (loss, alpha_loss) = (self.losses.take("updates")?, self.losses.take("alphas")?);
                let step = self.state.step;
                if let Some(loss) = loss {
                    watch.loss(step, loss);
                }
                self.log(&Metric::Train { step, epoch, learning_rate, loss, alpha_loss })?;
            }
            self.state.seconds.0 += started.elapsed().as_secs_f64();
            watch.step(&self.state, total);
            let evaluated = last || self.is_evaluated(within, per_epoch);
            if evaluated {
                self.evaluate(last, watch)?;
            }
            let stop = watch.stop();
            if evaluated || stop || self.state.step.is_multiple_of(self.config.checkpoint_every) {
                self.save()?;
            }
            if stop && !last {
                return Ok(Outcome::Stopped { step: self.state.step });
            }
        }
        self.finish()?;
        Ok(Outcome::Finished)
    }

    /// Moves adapters and head, with [`Pass::Joint`] α too; gives the learning rate.
    fn update(&mut self, pass: Pass, folded: &FoldedEncoder, batch: &Collated) -> Result<f64> {
        let (step, total) = (self.state.step, self.total_steps());
        let warmup = (self.config.warmup * total as f64).ceil() as u64;
        let learning_rate = self.config.optimiser.learning_rate * linear_schedule(step, warmup, total);
        // B starts at 0, so A has no gradient until B has moved, in the first step at a rate above 0.
        let first_of_a = if warmup > 0 { 2 } else { 1 };
        // And softmax takes no notice of what all keys share.
        let never = |name: &str| name.ends_with("key.full.bias");
        let must_move = |name: &str| !never(name) && step == if name.ends_with("lora_A") { first_of_a } else { 0 };
        let work = Step { model: &self.model, seed: self.config.seed, number: step };
        let adam = (&mut self.adam, learning_rate, self.config.clip);
        let joint = (&mut self.alpha_adam, self.config.alpha.optimiser.learning_rate);
        let stepped = work.adapters(pass, folded, batch, adam, joint, &must_move)?;
        self.count("updates", stepped);
        Ok(learning_rate)
    }

    /// Moves α on the next batch of its own.
    fn update_alpha(&mut self, folded: &FoldedEncoder) -> Result<()> {
        let rows = &self.data.splits.alpha;
        let count = rows.len().div_ceil(self.config.alpha.batch) as u64;
        let (pass, within) = (self.state.alpha_step / count, self.state.alpha_step % count);
        let order = if self.config.alpha.shuffle { Order::Random } else { Order::AsGiven };
        let plan = PlanConfig { batch: self.config.alpha.batch, order, padding: self.config.batches.padding };
        let ahead = match self.alpha_batches.take().filter(|(of, _)| *of == pass) {
            Some((_, ahead)) => ahead,
            None => self.ahead(rows, &plan, "batches of α", (pass, within))?,
        };
        let batch = ahead.next()?;
        self.alpha_batches = Some((pass, ahead));
        let work = Step { model: &self.model, seed: self.config.seed, number: self.state.step };
        let first = self.state.alpha_step == 0;
        let adam = (&mut self.alpha_adam, self.config.alpha.optimiser.learning_rate);
        let stepped = work.alphas(folded, &batch, adam, &|_| first)?;
        self.count("alphas", stepped);
        self.state.alpha_step += 1;
        Ok(())
    }

    /// The batches of a pass over some rows, but for those that are done.
    fn ahead(&self, rows: &[usize], plan: &PlanConfig, stream: &str, (pass, done): (u64, u64)) -> Result<Ahead> {
        let plan = Plan::new(rows, &self.lengths, plan, Key { seed: self.config.seed, stream, count: pass })?;
        let left = plan.batches.get(done as usize..).unwrap_or_default();
        Ok(Ahead::new(&self.data.train, left, self.model.encoder().config().pad_token_id))
    }

    fn count(&mut self, of: &'static str, stepped: Stepped) {
        self.state.tokens.0 += stepped.tokens.0;
        self.state.tokens.1 += stepped.tokens.1;
        self.losses.push(of, stepped.loss, self.state.step);
    }

    /// Whether the step `within` its epoch, from 0, is followed by an evaluation. The authors count within an epoch, and
    /// evaluate after the first step of each.
    fn is_evaluated(&self, within: u64, per_epoch: u64) -> bool {
        match (self.config.evaluate_every, self.config.preset) {
            (0, _) => within + 1 == per_epoch,
            (every, Preset::Paper) => within.is_multiple_of(every),
            (every, _) => self.state.step.is_multiple_of(every),
        }
    }

    pub(super) fn log(&mut self, metric: &Metric<'_>) -> Result<()> {
        let path = self.out.join(files::METRICS);
        let line = serde_json::to_string(metric).map_err(|source| Error::Json { path: path.clone(), source })? + "\n";
        self.metrics.write_all(line.as_bytes()).map_err(|source| alpha_store::Error::Write { path, source })?;
        self.state.metrics_bytes += line.len() as u64;
        Ok(())
    }

    /// Seconds since the run began, without the time between a stop and a resumption.
    pub(super) fn seconds(&self) -> f64 {
        self.seconds_before + self.begun.elapsed().as_secs_f64()
    }
}

/// SHA-256 of the settings and of what the model's folder says of texts and shapes.
fn settings_digest(text: &str, folder: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    let mut add = |name: &str, bytes: &[u8]| {
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(bytes);
    };
    add(files::CONFIG, text.as_bytes());
    for name in ["config.json"].iter().chain(&tokens::FILES) {
        let path = folder.join(name);
        if path.is_file() {
            add(name, &input::bytes(&path)?);
        }
    }
    Ok(alpha_store::checksum::hexadecimal(&hash.finalize()))
}
