//! Multi-head self-attention.

use tch::{Kind, Tensor};

use crate::adapter::Site;
use crate::dropout::Dropout;
use crate::model::config::EncoderConfig;
use crate::model::linear::Linear;

/// The projections of one layer.
#[derive(Debug)]
pub(super) struct Attention {
    heads: i64,
    head_size: i64,
    dropout: f64,
    projections: Projections,
}

/// Query, key and value share an input. In the last layer only the first token's query is needed, as the head looks at
/// nothing else.
#[derive(Debug)]
enum Projections {
    Every(Linear),
    First { query: Linear, key_value: Linear },
}

impl Attention {
    pub fn new(config: &EncoderConfig, first_token_only: bool, linear: &dyn Fn(&[Site]) -> Linear) -> Self {
        let projections = if first_token_only {
            Projections::First { query: linear(&[Site::Query]), key_value: linear(&[Site::Key, Site::Value]) }
        } else {
            Projections::Every(linear(&[Site::Query, Site::Key, Site::Value]))
        };
        Self {
            heads: config.num_attention_heads,
            head_size: config.hidden_size / config.num_attention_heads,
            dropout: config.attention_probs_dropout_prob,
            projections,
        }
    }

    /// The linear layers, in the order in which [`Attention::attend`] takes their outputs.
    pub fn linears(&self) -> Vec<&Linear> {
        match &self.projections {
            Projections::Every(all) => vec![all],
            Projections::First { query, key_value } => vec![query, key_value],
        }
    }

    /// The inputs of [`Attention::linears`] for x, rows · length × h.
    pub fn inputs(&self, x: &Tensor, (rows, length): (i64, i64)) -> Vec<Tensor> {
        match &self.projections {
            Projections::Every(_) => vec![x.shallow_clone()],
            Projections::First { .. } => vec![x.view([rows, length, -1]).select(1, 0), x.shallow_clone()],
        }
    }

    /// The outputs of [`Attention::linears`] → rows · queries × h, with queries = length, or 1 in the last layer. `mask`
    /// is added to the scores, rows × 1 × 1 × length.
    pub fn attend(
        &self,
        mut projected: Vec<Tensor>,
        (rows, length): (i64, i64),
        mask: Option<&Tensor>,
        dropout: &mut Dropout,
    ) -> Tensor {
        // k × rows × heads × length × head size, laid out so that each of the k is one batch of matrices.
        let split = |y: Option<Tensor>, k: i64, length: i64| {
            let y = y.expect("there is an output for every linear layer");
            let y = y.view([rows, length, k, self.heads, self.head_size]).permute([2, 0, 3, 1, 4]).contiguous();
            y.unbind(0)
        };
        let last = projected.pop();
        let (queries, mut parts) = match &self.projections {
            Projections::Every(_) => (length, split(last, 3, length)),
            Projections::First { .. } => {
                let mut parts = split(projected.pop(), 1, 1);
                parts.extend(split(last, 2, length));
                (1, parts)
            }
        };
        let (value, key, query) = match (parts.pop(), parts.pop(), parts.pop()) {
            (Some(value), Some(key), Some(query)) => (value, key, query),
            _ => unreachable!("three parts were split off"),
        };
        let by_hand = dropout.is_on() && !query.device().is_cuda();
        let context = if by_hand {
            let batch = |x: Tensor, length: i64| x.view([rows * self.heads, length, self.head_size]);
            let query = batch(query, queries) * (self.head_size as f64).powf(-0.5);
            let keys = batch(key, length).transpose(1, 2);
            let mut scores = query.bmm(&keys).view([rows, self.heads, queries, length]);
            if let Some(mask) = mask {
                scores = scores + mask;
            }
            let shares = dropout.apply(scores.softmax(-1, None::<Kind>), self.dropout);
            let shares = shares.view([rows * self.heads, queries, length]);
            shares.bmm(&batch(value, length)).view([rows, self.heads, queries, self.head_size])
        } else {
            let share = if dropout.is_on() { self.dropout } else { 0.0 };
            Tensor::scaled_dot_product_attention(&query, &key, &value, mask, share, false, None, false)
        };
        context.transpose(1, 2).reshape([rows * queries, self.heads * self.head_size])
    }
}
