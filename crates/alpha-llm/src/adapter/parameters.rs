//! Trainable tensors that share one buffer.

use std::collections::BTreeMap;

use tch::{Device, Kind, Tensor};

/// Named fp32 tensors to be trained, laid out one after the other in one flat buffer, so that an optimiser updates all of
/// them with one set of operations.
#[derive(Debug)]
pub struct Parameters {
    names: Vec<String>,
    flat: Tensor,
    leaves: Vec<Tensor>,
}

impl Parameters {
    /// Copies the values of the given tensors to the device.
    pub fn new(named: Vec<(String, Tensor)>, device: Device) -> Self {
        let _guard = tch::no_grad_guard();
        let (names, values): (Vec<_>, Vec<_>) = named.into_iter().unzip();
        let rows: Vec<_> = values.iter().map(|value| value.to_kind(Kind::Float).reshape([-1])).collect();
        let flat = if rows.is_empty() { Tensor::zeros([0], (Kind::Float, device)) } else { Tensor::cat(&rows, 0) };
        let flat = flat.to_device(device);
        let mut first = 0;
        let leaves = values
            .iter()
            .map(|value| {
                let length = value.numel() as i64;
                let leaf = flat.narrow(0, first, length).view(value.size().as_slice()).detach();
                first += length;
                leaf.set_requires_grad(true)
            })
            .collect();
        Self { names, flat, leaves }
    }

    /// Names, in the order of the buffer.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The tensors that gradients are taken of, in the order of the buffer.
    pub fn leaves(&self) -> &[Tensor] {
        &self.leaves
    }

    /// All values, one after the other. Writing to it writes to the tensors.
    pub fn flat(&self) -> &Tensor {
        &self.flat
    }

    /// A tensor by name.
    pub(crate) fn get(&self, name: &str) -> Option<Tensor> {
        self.names.iter().position(|known| known == name).map(|index| self.leaves[index].shallow_clone())
    }

    /// Number of values.
    pub fn count(&self) -> usize {
        self.flat.numel()
    }

    /// Whether every value is finite.
    pub(crate) fn are_finite(&self) -> bool {
        bool::try_from(self.flat.isfinite().all()).unwrap_or(false)
    }

    /// Whether there is nothing to train.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Copies of all tensors, on the CPU.
    pub fn values(&self) -> BTreeMap<String, Tensor> {
        let named = self.names.iter().zip(&self.leaves);
        named.map(|(name, leaf)| (name.clone(), leaf.detach().to_device(Device::Cpu).copy())).collect()
    }

    /// Names and shapes, as `model::fit` takes them.
    pub(crate) fn shapes(&self) -> Vec<(String, Vec<i64>)> {
        self.names.iter().cloned().zip(self.leaves.iter().map(Tensor::size)).collect()
    }

    /// Overwrites all values; `values` has exactly these names and shapes (see `model::fit`).
    pub fn assign(&self, values: &BTreeMap<String, Tensor>) {
        let _guard = tch::no_grad_guard();
        for (name, leaf) in self.names.iter().zip(&self.leaves) {
            leaf.detach().copy_(&values[name]);
        }
    }
}
