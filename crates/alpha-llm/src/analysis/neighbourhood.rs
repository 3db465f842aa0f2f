//! Figure 5: the accuracy where every learnt α* becomes a α* + b.

use std::path::Path;

use alpha_store::table::Table;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::analysis::ablation::reported;
use crate::error::{Error, Result};
use crate::input;
use crate::model::{BegunBatch, EncoderPlane};
use crate::training::{Encoded, OpenRun, largest, plan, rows_of, to_device};

/// Memory for what is computed of the batches before (a, b) is known, in bytes: enough for most evaluation files.
pub const MEMORY: usize = 1 << 30;

/// Values of a and b, rising.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grid {
    /// Values of a, with 1.
    pub a: Vec<f64>,
    /// Values of b, with 0.
    pub b: Vec<f64>,
}

impl Grid {
    /// So many points from one end to the other along both, and where they are not among them a = 1 and b = 0, which the
    /// lines α* + t and tα* lie on.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than 2 points, ends that are not finite, or a range that is empty.
    pub fn new(points: usize, from: f64, to: f64) -> Result<Self> {
        let wrong = |name: &str, value: String, allowed: String| Err(Error::parameter(name, value, allowed));
        if points < 2 {
            return wrong("points", points.to_string(), "at least 2".to_owned());
        }
        if let Some((name, end)) = [("from", from), ("to", to)].into_iter().find(|(_, end)| !end.is_finite()) {
            return wrong(name, end.to_string(), "finite".to_owned());
        }
        if from >= to {
            return wrong("to", to.to_string(), format!("above {from}, where the range begins"));
        }
        let step = (to - from) / (points - 1) as f64;
        let with = |exact: f64| {
            let near = |value: f64| if (value - exact).abs() < 1e-9 * step { exact } else { value };
            let mut values: Vec<f64> =
                (0..points).map(|i| near(from + (to - from) * i as f64 / (points - 1) as f64)).collect();
            values.push(exact);
            values.sort_by(f64::total_cmp);
            values.dedup();
            values
        };
        Ok(Self { a: with(1.0), b: with(0.0) })
    }

    /// How many settings there are.
    pub fn settings(&self) -> usize {
        self.a.len() * self.b.len()
    }
}

/// Rows predicted right over a grid, as far as they are known: what is kept of an unfinished one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbourhood {
    /// SHA-256 of all that the numbers depend on: weights, texts, labels, number format.
    inputs: String,
    /// The evaluation file.
    pub set: String,
    /// Its rows.
    pub rows: usize,
    /// Values of a and b.
    pub grid: Grid,
    /// Rows predicted right: one list per a that is done, one number per b.
    pub correct: Vec<Vec<usize>>,
}

/// Where a computation is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Settings that are done; the share of one in work counts.
    pub settings: f64,
    /// Of so many.
    pub of: usize,
}

impl Neighbourhood {
    /// Nothing known yet, on the last evaluation file.
    ///
    /// # Errors
    /// [`Error::NoAlpha`] for plain LoRA; `path` is for that message.
    pub fn new(run: &OpenRun, grid: Grid, path: &Path) -> Result<Self> {
        if !run.model.has_alphas() {
            return Err(Error::NoAlpha { path: path.to_owned() });
        }
        let set = reported(run)?;
        let inputs = fingerprint(run, set)?;
        Ok(Self { inputs, set: set.name.clone(), rows: set.labels.len(), grid, correct: Vec::new() })
    }

    /// Takes over what an unfinished computation of the same left in a file; nothing if there is none, or it is of
    /// something else. Returns how many values of a are done.
    pub fn take_up(&mut self, path: &Path) -> usize {
        let kept: Option<Self> = input::bytes(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        if let Some(kept) = kept
            && (&kept.inputs, &kept.set, kept.rows, &kept.grid) == (&self.inputs, &self.set, self.rows, &self.grid)
            && kept.correct.len() <= self.grid.a.len()
            && kept.correct.iter().all(|row| row.len() == self.grid.b.len())
        {
            self.correct = kept.correct;
        }
        self.correct.len()
    }

    /// Computes what is missing, and keeps every finished row in the file `unfinished`. What is computed once per batch takes
    /// up to about `memory` bytes, such as [`MEMORY`], and is computed anew for every a if that is not enough.
    ///
    /// # Errors
    /// [`Error::Diverged`] where a logit is not finite; errors of the batches; [`Error::Store`] where the file cannot be
    /// written.
    pub fn compute(
        &mut self,
        run: &OpenRun,
        memory: usize,
        unfinished: &Path,
        watch: &mut dyn FnMut(Progress),
    ) -> Result<()> {
        let scorer = Scorer::new(run, memory)?;
        let of = self.grid.settings();
        let mut kept = None;
        while let Some(&a) = self.grid.a.get(self.correct.len()) {
            let done = self.correct.len() * self.grid.b.len();
            let mut within = |share: f64| watch(Progress { settings: done as f64 + share, of });
            let row = scorer.row(a, &self.grid.b, &mut kept, &mut within)?;
            self.correct.push(row);
            let text =
                serde_json::to_string(self).map_err(|source| Error::Json { path: unfinished.to_owned(), source })?;
            alpha_store::output::write(unfinished, |out| out.write_all(text.as_bytes()))?;
        }
        Ok(())
    }

    /// Rows predicted right at a point of the grid, if it is known.
    pub fn at(&self, a: f64, b: f64) -> Option<usize> {
        let place = |values: &[f64], value: f64| values.iter().position(|known| *known == value);
        Some(self.correct.get(place(&self.grid.a, a)?)?[place(&self.grid.b, b)?])
    }

    /// One line per setting, a outer, b inner.
    pub fn table(&self) -> Table {
        let mut table = Table::new(["a", "b", "accuracy", "correct", "rows"]);
        for (a, row) in self.grid.a.iter().zip(&self.correct) {
            for (b, correct) in self.grid.b.iter().zip(row) {
                let accuracy = *correct as f64 / self.rows as f64;
                table.push([
                    a.to_string(),
                    b.to_string(),
                    accuracy.to_string(),
                    correct.to_string(),
                    self.rows.to_string(),
                ]);
            }
        }
        table
    }
}

fn fingerprint(run: &OpenRun, set: &Encoded) -> Result<String> {
    let mut hash = Sha256::new();
    let encoder = run.model.encoder();
    hash.update(format!("{:?} {:?} {} ", encoder.kind(), encoder.device(), run.batch));
    for parameters in [run.model.updates(), run.model.alphas()] {
        let values: Vec<f32> = Vec::try_from(parameters.flat().detach().to_device(tch::Device::Cpu))
            .map_err(|source| Error::Torch { doing: "read the weights", source })?;
        hash.update(bytemuck::cast_slice(&values));
    }
    for (tokens, label) in set.tokens.iter().zip(&set.labels) {
        hash.update(format!("{label} {tokens:?} "));
    }
    Ok(alpha_store::checksum::hexadecimal(&hash.finalize()))
}

/// Scores the plane of a run, batch by batch.
struct Scorer<'a> {
    run: &'a OpenRun,
    set: &'a Encoded,
    plane: EncoderPlane,
    batches: Vec<crate::batches::Batch>,
    memory: usize,
}

/// A batch ready for any (a, b), and its labels.
type Begun = (BegunBatch, Vec<i64>);

impl<'a> Scorer<'a> {
    fn new(run: &'a OpenRun, memory: usize) -> Result<Self> {
        let set = reported(run)?;
        let batches = plan(set, &set.indices(), run.batch)?.batches;
        Ok(Self { run, set, plane: run.model.plane(), batches, memory })
    }

    /// Rows predicted right at one a and every b. `kept` holds all batches from row to row, if memory allows.
    fn row(&self, a: f64, b: &[f64], kept: &mut Option<Vec<Begun>>, within: &mut dyn FnMut(f64)) -> Result<Vec<usize>> {
        let mut correct = vec![0; b.len()];
        let mut first = 0;
        while first < self.batches.len() {
            let (chunk, last) = match kept.take() {
                Some(all) => (all, self.batches.len()),
                None => self.chunk(first)?,
            };
            for (place, (&b_value, correct)) in b.iter().zip(&mut correct).enumerate() {
                *correct += self.score(&chunk, [a, b_value])?;
                let share = (last - first) as f64 * (place + 1) as f64;
                within((share + (first * b.len()) as f64) / self.batches.len() as f64);
            }
            if last - first == self.batches.len() {
                *kept = Some(chunk);
            }
            first = last;
        }
        Ok(correct)
    }

    /// As many batches from a place on as memory holds, and the place after them.
    fn chunk(&self, first: usize) -> Result<(Vec<Begun>, usize)> {
        let (mut chunk, mut bytes) = (Vec::new(), 0);
        for batch in &self.batches[first..] {
            let host = self.set.collate(batch, self.run.model.encoder().config().pad_token_id)?;
            let begun = self.run.model.begin(to_device(&self.run.model, &host)?, &self.plane);
            bytes += begun.bytes();
            chunk.push((begun, host.labels));
            if bytes > self.memory {
                break;
            }
        }
        let last = first + chunk.len();
        Ok((chunk, last))
    }

    fn score(&self, chunk: &[Begun], at: [f64; 2]) -> Result<usize> {
        let _guard = tch::no_grad_guard();
        let folded = self.plane.at(at);
        let mut correct = 0;
        for (begun, labels) in chunk {
            let rows = rows_of(&self.run.model.go_on(begun, &folded, at), &self.set.name)?;
            correct += rows.iter().zip(labels).filter(|(row, label)| largest(row) == **label).count();
        }
        Ok(correct)
    }
}
