//! Frozen linear layers that share an input, and what adapters make of them.

use tch::{Device, Kind, Tensor};

use crate::adapter::{Adapters, ModuleAdapter, Pass, Site, Update};

/// A frozen linear layer, or several stacked because they have the same input.
#[derive(Debug)]
pub(super) struct Linear {
    layer: usize,
    sites: Vec<Site>,
    /// Output width of each site.
    widths: Vec<i64>,
    /// Σ widths × in and Σ widths, in the format of the computation.
    weight: Tensor,
    bias: Tensor,
    /// The same in fp32, from which α W is rounded once: W rounded before would hide an α near 1.
    exact: Option<(Tensor, Tensor)>,
}

/// Weight and bias with what is fixed during a pass folded in.
#[derive(Debug)]
pub(super) struct Folded {
    weight: Tensor,
    bias: Tensor,
}

/// A linear layer over the plane of α = a α* + b: weight and bias are a · scaled + b · plain + fixed, all in fp32.
#[derive(Debug)]
pub(super) struct LinearPlane {
    scaled: Folded,
    plain: Folded,
    fixed: Folded,
    kind: Kind,
}

impl LinearPlane {
    /// Weight and bias at a point, rounded once.
    pub fn at(&self, at: [f64; 2]) -> Folded {
        let sum = |part: fn(&Folded) -> &Tensor| {
            affine([&self.scaled, &self.plain, &self.fixed].map(part), at).to_kind(self.kind)
        };
        Folded { weight: sum(|folded| &folded.weight), bias: sum(|folded| &folded.bias) }
    }

    /// What it makes of an input, over the plane.
    pub fn project(&self, x: &Tensor) -> ProjectedPlane {
        let project = |folded: &Folded| x.linear(&folded.weight, Some(&folded.bias));
        ProjectedPlane([&self.scaled, &self.plain, &self.fixed].map(project))
    }
}

/// The output of a linear layer for a fixed input, over the plane of α = a α* + b.
#[derive(Debug)]
pub(super) struct ProjectedPlane([Tensor; 3]);

impl ProjectedPlane {
    /// The three parts.
    pub fn parts(&self) -> &[Tensor; 3] {
        &self.0
    }

    /// The output at a point.
    pub fn at(&self, at: [f64; 2]) -> Tensor {
        affine(self.0.each_ref(), at)
    }
}

/// a · scaled + b · plain + fixed.
fn affine([scaled, plain, fixed]: [&Tensor; 3], [a, b]: [f64; 2]) -> Tensor {
    // The sum is a new tensor, that nobody shares.
    let mut sum = scaled * a;
    sum += plain * b;
    sum += fixed;
    sum
}

impl Linear {
    /// Stacks the sites' weights; `tensor` gives a checkpoint's tensor by name, fp32.
    pub fn new(
        layer: usize,
        sites: &[Site],
        tensor: &dyn Fn(&str) -> Tensor,
        (kind, device): (Kind, Device),
        adapted: &[Site],
    ) -> Self {
        let stack = |part: &str| {
            let parts: Vec<_> =
                sites.iter().map(|site| tensor(&format!("{}.{part}", site.path(layer))).to_device(device)).collect();
            Tensor::cat(&parts, 0)
        };
        let widths = sites.iter().map(|site| tensor(&format!("{}.bias", site.path(layer))).size()[0]).collect();
        let (weight, bias) = (stack("weight"), stack("bias"));
        let is_adapted = sites.iter().any(|site| adapted.contains(site));
        Self {
            layer,
            sites: sites.to_vec(),
            widths,
            weight: weight.to_kind(kind),
            bias: bias.to_kind(kind),
            exact: is_adapted.then_some((weight, bias)),
        }
    }

    fn adapters<'a>(&self, adapters: &'a Adapters) -> Vec<Option<&'a ModuleAdapter>> {
        self.sites.iter().map(|&site| adapters.get(self.layer, site)).collect()
    }

    /// What a pass over many batches can reuse: α W for training the adapters, α W + s B A for evaluation.
    pub fn fold(&self, adapters: &Adapters, pass: Pass) -> Option<Folded> {
        let Some((weight, bias)) = &self.exact else { return None };
        let adapted = self.adapters(adapters);
        if adapted.iter().all(Option::is_none) || pass.trains_alphas() {
            return None;
        }
        let (mut weight, mut bias) = (weight.shallow_clone(), bias.shallow_clone());
        if let Some(alpha) = self.alphas(&adapted) {
            weight = weight * alpha.unsqueeze(1);
            if adapters.config().scale_bias {
                bias = bias * alpha;
            }
        }
        if pass == Pass::Evaluate {
            let (more, shift) = self.delta(&adapted);
            weight = weight + more;
            bias = bias + shift;
        }
        // A whole matrix W̃ is added in every pass, and the sum rounded then.
        let full = adapted.iter().flatten().any(|adapter| matches!(adapter.update, Update::Full { .. }));
        let kind = if full && pass != Pass::Evaluate { Kind::Float } else { self.weight.kind() };
        Some(Folded { weight: weight.detach().to_kind(kind), bias: bias.detach().to_kind(kind) })
    }

    /// The folded layer for evaluation as a function of (a, b), where every α is a α* + b; nothing where no α is.
    pub fn plane(&self, adapters: &Adapters) -> Option<LinearPlane> {
        let (weight, bias) = self.exact.as_ref()?;
        let adapted = self.adapters(adapters);
        let alpha = self.alphas(&adapted)?.detach();
        let moves = adapted.iter().zip(&self.widths).map(|(adapter, &width)| {
            let moves = adapter.is_some_and(|adapter| adapter.alpha.is_some());
            Tensor::full([width], f64::from(u8::from(moves)), (Kind::Float, self.weight.device()))
        });
        let moves = Tensor::cat(&moves.collect::<Vec<_>>(), 0);
        let (scaled, stays) = (alpha * &moves, 1.0 - &moves);
        let (more, shift) = self.delta(&adapted);
        let of_weight = |share: &Tensor| weight * share.unsqueeze(1);
        // A bias that α does not scale is the same everywhere.
        let of_bias = |share: &Tensor| if adapters.config().scale_bias { bias * share } else { bias.zeros_like() };
        let fixed_bias = if adapters.config().scale_bias { bias * &stays } else { bias.shallow_clone() };
        Some(LinearPlane {
            scaled: Folded { weight: of_weight(&scaled), bias: of_bias(&scaled) },
            plain: Folded { weight: of_weight(&moves), bias: of_bias(&moves) },
            fixed: Folded { weight: of_weight(&stays) + more, bias: fixed_bias + shift },
            kind: self.weight.kind(),
        })
    }

    /// What the updates add to weight and bias.
    fn delta(&self, adapted: &[Option<&ModuleAdapter>]) -> (Tensor, Tensor) {
        let deltas = adapted.iter().map(|adapter| adapter.map(ModuleAdapter::delta));
        let (weights, biases): (Vec<_>, Vec<_>) =
            deltas.map(|delta| delta.map_or((None, None), |(weight, bias)| (Some(weight), bias))).unzip();
        (self.padded(weights.into_iter(), &[self.columns()]), self.padded(biases.into_iter(), &[]))
    }

    /// tokens × in → tokens × Σ widths.
    pub fn forward(&self, x: &Tensor, adapters: &Adapters, pass: Pass, folded: Option<&Folded>) -> Tensor {
        let (weight, bias) = folded.map_or((&self.weight, &self.bias), |folded| (&folded.weight, &folded.bias));
        let adapted = self.adapters(adapters);
        if pass == Pass::Evaluate || adapted.iter().all(Option::is_none) {
            return x.linear(weight, Some(bias));
        }
        let kind = x.kind();
        let full = adapted.iter().map(|adapter| adapter.and_then(ModuleAdapter::full));
        let has_full = full.clone().any(|full| full.is_some());
        let added = || {
            let weights = full.clone().map(|full| full.map(|(weight, _)| pass.update(weight)));
            let biases = full.clone().map(|full| full.map(|(_, bias)| pass.update(bias)));
            (self.padded(weights, &[self.columns()]), self.padded(biases, &[]))
        };
        let alpha = self.alphas(&adapted).filter(|_| pass.trains_alphas());
        let mut y = if let Some(alpha) = alpha {
            // α stays fp32: one bf16 step at 1 is as large as an update.
            if adapters.config().scale_bias {
                (x.linear(weight, Some(bias)) * alpha).to_kind(kind)
            } else {
                (x.linear(weight, None::<&Tensor>) * alpha + bias).to_kind(kind)
            }
        } else if has_full && !pass.trains_alphas() {
            // One product for α W + W̃.
            let (more, shift) = added();
            return x.linear(&(weight + more).to_kind(kind), Some((bias + shift).to_kind(kind)));
        } else {
            x.linear(weight, Some(bias))
        };
        if has_full {
            let (weight, bias) = added();
            y = y + x.linear(&weight.to_kind(kind), Some(bias.to_kind(kind)));
        }
        let mut low = Vec::new();
        for (site, adapter) in adapted.iter().enumerate() {
            if let Some(Update::LowRank { a, b, scaling }) = adapter.map(|adapter| &adapter.update) {
                let before: i64 = self.widths[..site].iter().sum();
                let after = self.widths[site + 1..].iter().sum::<i64>();
                let b = (pass.update(b) * *scaling).transpose(0, 1);
                low.push((pass.update(a), b.constant_pad_nd([before, after])));
            }
        }
        if low.is_empty() {
            return y;
        }
        let (a, b): (Vec<_>, Vec<_>) = low.into_iter().unzip();
        let projected = x.linear(&Tensor::cat(&a, 0).to_kind(kind), None::<&Tensor>);
        y.addmm(&projected, &Tensor::cat(&b, 0).to_kind(kind))
    }

    fn columns(&self) -> i64 {
        self.weight.size()[1]
    }

    /// α of every row, 1 where a site has none; nothing if no site has one.
    fn alphas(&self, adapted: &[Option<&ModuleAdapter>]) -> Option<Tensor> {
        adapted.iter().flatten().any(|adapter| adapter.alpha.is_some()).then(|| {
            let parts: Vec<_> = adapted
                .iter()
                .zip(&self.widths)
                .map(|(adapter, &width)| match adapter.and_then(|adapter| adapter.alpha.as_ref()) {
                    Some(alpha) => alpha.expand([width], false),
                    None => Tensor::ones([width], (Kind::Float, self.weight.device())),
                })
                .collect();
            Tensor::cat(&parts, 0)
        })
    }

    /// One block of rows per site, zeros where it has none.
    fn padded(&self, parts: impl Iterator<Item = Option<Tensor>>, rest: &[i64]) -> Tensor {
        let zeros = |width: i64| Tensor::zeros([&[width], rest].concat(), (Kind::Float, self.weight.device()));
        let parts: Vec<_> =
            parts.zip(&self.widths).map(|(part, &width)| part.unwrap_or_else(|| zeros(width))).collect();
        Tensor::cat(&parts, 0)
    }
}
