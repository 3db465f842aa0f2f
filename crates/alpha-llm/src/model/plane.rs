//! An encoder over the plane α = a α* + b of all its modules, α* being their α now: what does not depend on a and b is
//! computed once.

use tch::{Kind, Tensor};

use crate::adapter::{Adapters, Pass};
use crate::dropout::Dropout;
use crate::model::encoder::{Batch, Encoder, FoldedEncoder};
use crate::model::linear::{Linear, LinearPlane, ProjectedPlane};

/// The folded encoder as a function of (a, b).
#[derive(Debug)]
pub struct EncoderPlane {
    layers: Vec<Vec<Option<LinearPlane>>>,
}

/// A batch as far as it can be computed without (a, b).
#[derive(Debug)]
pub struct BegunBatch {
    batch: Batch,
    /// Before the first layer.
    hidden: Tensor,
    /// The first layer's projections; none in bf16, where they would be rounded in other places than elsewhere.
    projected: Option<Vec<Projected>>,
}

/// The output of one linear layer.
#[derive(Debug)]
enum Projected {
    Fixed(Tensor),
    Plane(ProjectedPlane),
}

impl EncoderPlane {
    /// The weights for evaluation where every α is a α* + b; at (1, 0) those of [`Encoder::fold`].
    pub fn at(&self, at: [f64; 2]) -> FoldedEncoder {
        let _guard = tch::no_grad_guard();
        let fold = |plane: &Option<LinearPlane>| plane.as_ref().map(|plane| plane.at(at));
        FoldedEncoder {
            pass: Pass::Evaluate,
            layers: self.layers.iter().map(|layer| layer.iter().map(fold).collect()).collect(),
        }
    }
}

impl BegunBatch {
    /// About the memory that it takes, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        let of = |tensor: &Tensor| tensor.numel() * tensor.kind().elt_size_in_bytes();
        let projected = self.projected.iter().flatten().map(|projected| match projected {
            Projected::Fixed(y) => of(y),
            Projected::Plane(plane) => plane.parts().iter().map(of).sum(),
        });
        of(&self.hidden) + projected.sum::<usize>()
    }
}

impl Encoder {
    /// The encoder over the plane of its adapters' α.
    pub fn plane(&self, adapters: &Adapters) -> EncoderPlane {
        let _guard = tch::no_grad_guard();
        let layers = self.layers().iter();
        let plane = layers.map(|layer| layer.linears().into_iter().map(|linear| linear.plane(adapters)).collect());
        EncoderPlane { layers: plane.collect() }
    }

    /// Computes what (a, b) does not change: the embeddings and, in fp32, the three parts of the first projections.
    pub(crate) fn begin(&self, batch: Batch, adapters: &Adapters, plane: &EncoderPlane) -> BegunBatch {
        let _guard = tch::no_grad_guard();
        let hidden = self.embed(&batch, &mut Dropout::off());
        let first = self.layers().first().zip(plane.layers.first()).filter(|_| self.kind() == Kind::Float);
        let projected = first.map(|(layer, planes)| {
            let linears = layer.attention.linears().into_iter().zip(planes);
            let inputs = layer.attention.inputs(&hidden, batch.size());
            let project = |((linear, plane), x): ((&Linear, &Option<LinearPlane>), Tensor)| match plane {
                Some(plane) => Projected::Plane(plane.project(&x)),
                None => Projected::Fixed(linear.forward(&x, adapters, Pass::Evaluate, None)),
            };
            linears.zip(inputs).map(project).collect()
        });
        BegunBatch { batch, hidden, projected }
    }

    /// The first token's hidden state after the last layer, rows × h, at the (a, b) that `folded` was made for.
    pub(crate) fn go_on(
        &self,
        begun: &BegunBatch,
        adapters: &Adapters,
        folded: &FoldedEncoder,
        at: [f64; 2],
    ) -> Tensor {
        let _guard = tch::no_grad_guard();
        let mut x = begun.hidden.shallow_clone();
        for layer in 0..self.layers().len() {
            let known = begun.projected.as_ref().filter(|_| layer == 0);
            let projected = known.map(|known| known.iter().map(|projected| projected.at(at)).collect());
            x = self.layer(layer, &x, projected, &begun.batch, (adapters, folded), &mut Dropout::off());
        }
        x
    }
}

impl Projected {
    fn at(&self, at: [f64; 2]) -> Tensor {
        match self {
            Self::Fixed(y) => y.shallow_clone(),
            Self::Plane(plane) => plane.at(at),
        }
    }
}
