//! One update of the adapters, or of α: Algorithm 1.

use tch::Tensor;

use crate::adapter::{Parameters, Pass};
use crate::batches::Collated;
use crate::classifier::{Classifier, cross_entropy};
use crate::dropout::Dropout;
use crate::error::{Error, Result};
use crate::keyed::Key;
use crate::model::FoldedEncoder;
use crate::optimiser::{Adam, clip, flatten};
use crate::training::evaluation::to_device;

/// What the updates of a run share.
pub(super) struct Step<'a> {
    pub model: &'a Classifier,
    pub seed: u64,
    /// The number of this update, from 0.
    pub number: u64,
}

/// What an update leaves.
pub(super) struct Stepped {
    /// Mean loss on the batch, on the device.
    pub loss: Tensor,
    /// Tokens computed, and those of them that are no padding.
    pub tokens: (u64, u64),
}

impl Step<'_> {
    /// Loss and gradients of a pass over a batch. Gradients of what the pass does not train are never computed.
    fn gradients(&self, pass: Pass, folded: &FoldedEncoder, host: &Collated) -> Result<(Stepped, Vec<Tensor>)> {
        let tokens = to_device(self.model, host)?;
        let stream = if pass == Pass::Alphas { "dropout of α" } else { "dropout" };
        let key = Key { seed: self.seed, stream, count: self.number };
        let mut dropout = Dropout::keyed(key, self.model.encoder().device());
        let loss = cross_entropy(&self.model.logits(&tokens, folded, &mut dropout), &host.labels);
        let leaves: Vec<_> = self.trained(pass).flat_map(Parameters::leaves).collect();
        let gradients = Tensor::f_run_backward(&[&loss], &leaves, false, false)
            .map_err(|source| Error::Torch { doing: "take gradients", source })?;
        let real = host.mask.iter().sum::<i64>() as u64;
        Ok((Stepped { loss: loss.detach(), tokens: (host.mask.len() as u64, real) }, gradients))
    }

    fn trained(&self, pass: Pass) -> impl Iterator<Item = &Parameters> {
        let updates = pass.trains_adapters().then(|| self.model.updates());
        updates.into_iter().chain(pass.trains_alphas().then(|| self.model.alphas()))
    }

    /// Updates adapters and head; with [`Pass::Joint`] α too, by its own optimiser.
    pub fn adapters(
        &self,
        pass: Pass,
        folded: &FoldedEncoder,
        batch: &Collated,
        (adam, learning_rate, longest): (&mut Adam, f64, Option<f64>),
        (alpha_adam, alpha_rate): (&mut Adam, f64),
        must_move: &dyn Fn(&str) -> bool,
    ) -> Result<Stepped> {
        let (stepped, mut gradients) = self.gradients(pass, folded, batch)?;
        self.check(pass, &gradients, must_move)?;
        let of_alpha = gradients.split_off(self.model.updates().leaves().len());
        let mut flat = flatten(&gradients);
        if let Some(longest) = longest {
            clip(&mut flat, longest);
        }
        adam.step(self.model.updates(), &flat, learning_rate);
        if pass == Pass::Joint {
            alpha_adam.step(self.model.alphas(), &flatten(&of_alpha), alpha_rate);
        }
        Ok(stepped)
    }

    /// Updates α alone.
    pub fn alphas(
        &self,
        folded: &FoldedEncoder,
        batch: &Collated,
        (adam, learning_rate): (&mut Adam, f64),
        must_move: &dyn Fn(&str) -> bool,
    ) -> Result<Stepped> {
        let (stepped, gradients) = self.gradients(Pass::Alphas, folded, batch)?;
        self.check(Pass::Alphas, &gradients, must_move)?;
        adam.step(self.model.alphas(), &flatten(&gradients), learning_rate);
        Ok(stepped)
    }

    /// A trainable tensor without a gradient would stay as it is for the whole run, and nobody would notice.
    fn check(&self, pass: Pass, gradients: &[Tensor], must_move: &dyn Fn(&str) -> bool) -> Result<()> {
        let names = self.trained(pass).flat_map(Parameters::names);
        let still = |(name, gradient): (&String, &Tensor)| {
            (must_move(name) && gradient.abs().max().double_value(&[]) == 0.0).then(|| name.clone())
        };
        match names.zip(gradients).find_map(still) {
            None => Ok(()),
            Some(name) => Err(Error::NoGradient { name, step: self.number + 1 }),
        }
    }
}
