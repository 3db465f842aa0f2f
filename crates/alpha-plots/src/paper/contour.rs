//! Curves on which a function of two variables vanishes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::error::Result;

/// The curves f = 0 over a grid, closed ones with their first point again at the end.
///
/// They have a point wherever they cross a grid line, exact to rounding (bisection along that line), provided that they
/// cross no piece of it between two neighbouring grid points twice. Cells with a corner where f is NaN are left out.
///
/// # Errors
/// Whatever `f` returns.
pub fn zeros(x: &[f64], y: &[f64], f: impl Fn(f64, f64) -> Result<f64>) -> Result<Vec<Vec<(f64, f64)>>> {
    let mut values = Vec::with_capacity(x.len() * y.len());
    for &y in y {
        for &x in x {
            values.push(f(x, y)?);
        }
    }
    let value = |(i, j): Node| values[j * x.len() + i];
    let mut crossings: HashMap<Edge, (f64, f64)> = HashMap::new();
    let mut segments: Vec<[Edge; 2]> = Vec::new();
    for j in 1..y.len() {
        for i in 1..x.len() {
            let corners = [(i - 1, j - 1), (i, j - 1), (i, j), (i - 1, j)];
            if corners.into_iter().any(|corner| value(corner).is_nan()) {
                continue;
            }
            let edges = [0, 1, 2, 3].map(|k| edge(corners[k], corners[(k + 1) % 4]));
            let crossed: Vec<Edge> =
                edges.into_iter().filter(|[a, b]| (value(*a) < 0.0) != (value(*b) < 0.0)).collect();
            for [a, b] in &crossed {
                if let Entry::Vacant(crossing) = crossings.entry([*a, *b]) {
                    let at = |node: &Node| (x[node.0], y[node.1]);
                    crossing.insert(bisect(at(a), at(b), value(*a) < 0.0, &f)?);
                }
            }
            match crossed[..] {
                [one, other] => segments.push([one, other]),
                [a, b, c, d] => {
                    // Two corners of either sign across from each other: the middle says which pair is joined.
                    let middle = f(0.5 * (x[i - 1] + x[i]), 0.5 * (y[j - 1] + y[j]))?;
                    let first_joined = (middle < 0.0) == (value(corners[0]) < 0.0);
                    segments.extend(if first_joined { [[a, b], [c, d]] } else { [[d, a], [b, c]] });
                }
                _ => {}
            }
        }
    }
    let lines = chains(&segments).into_iter();
    Ok(lines.map(|line| line.into_iter().map(|edge| crossings[&edge]).collect()).collect())
}

/// Several curves as one line with gaps, as charts and heat maps draw it.
pub fn with_gaps(curves: &[Vec<(f64, f64)>]) -> Vec<(f64, f64)> {
    curves.join(&(f64::NAN, f64::NAN))
}

type Node = (usize, usize);
/// Two neighbouring grid points, the lower one first.
type Edge = [Node; 2];

fn edge(a: Node, b: Node) -> Edge {
    [a.min(b), a.max(b)]
}

/// Where f changes its sign between two points, to the last bit of the coordinate in which they differ.
fn bisect(
    mut a: (f64, f64),
    mut b: (f64, f64),
    negative_at_a: bool,
    f: impl Fn(f64, f64) -> Result<f64>,
) -> Result<(f64, f64)> {
    loop {
        let middle = (0.5 * (a.0 + b.0), 0.5 * (a.1 + b.1));
        if middle == a || middle == b {
            return Ok(middle);
        }
        if (f(middle.0, middle.1)? < 0.0) == negative_at_a {
            a = middle;
        } else {
            b = middle;
        }
    }
}

/// Segments joined where they share an edge: open chains first, from an end on, then closed ones.
fn chains(segments: &[[Edge; 2]]) -> Vec<Vec<Edge>> {
    let mut at: HashMap<Edge, Vec<usize>> = HashMap::new();
    for (index, ends) in segments.iter().enumerate() {
        ends.iter().for_each(|end| at.entry(*end).or_default().push(index));
    }
    let mut used = vec![false; segments.len()];
    let mut walk = |start: Edge| {
        let mut chain = vec![start];
        let mut here = start;
        while let Some(&next) = at[&here].iter().find(|segment| !used[**segment]) {
            used[next] = true;
            let [one, other] = segments[next];
            here = if here == one { other } else { one };
            chain.push(here);
        }
        chain
    };
    // In the order of the segments, so that the same function gives the same curves.
    let ends = segments.iter().flatten();
    let open = ends.clone().filter(|end| at[*end].len() == 1);
    let starts: Vec<Edge> = open.chain(ends).copied().collect();
    starts.into_iter().map(&mut walk).filter(|chain| chain.len() > 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(count: usize) -> Vec<f64> {
        (0..count).map(|i| 2.0 * i as f64 / (count - 1) as f64 - 1.0).collect()
    }

    #[test]
    fn a_hyperbola_has_two_branches_on_either_grid() {
        for count in [4, 5, 40] {
            for sign in [1.0, -1.0] {
                let f = |x: f64, y: f64| Ok(sign * (x + 0.01) * (y - 0.02) - 0.03);
                let branches = zeros(&grid(count), &grid(count), f).unwrap();
                assert_eq!(branches.len(), 2, "{count} points");
                for &(x, y) in branches.iter().flatten() {
                    assert!(f(x, y).unwrap().abs() < 1e-15);
                }
                // Each lies on one side of the pole.
                assert!(branches.iter().all(|b| b.windows(2).all(|w| (w[0].0 < -0.01) == (w[1].0 < -0.01))));
            }
        }
    }

    #[test]
    fn a_circle_is_closed_and_what_is_nan_is_left_out() {
        let f = |x: f64, y: f64| Ok(x * x + y * y - 0.5);
        let whole = zeros(&grid(20), &grid(31), f).unwrap();
        assert_eq!(whole.len(), 1);
        assert_eq!(whole[0].first(), whole[0].last());
        let cut = |x: f64, y: f64| if x > 0.6 { Ok(f64::NAN) } else { f(x, y) };
        let open = zeros(&grid(20), &grid(31), cut).unwrap();
        assert_eq!(open.len(), 1);
        assert_ne!(open[0].first(), open[0].last());
        assert!(zeros(&grid(20), &grid(31), |_, _| Ok(1.0)).unwrap().is_empty());
        assert_eq!(with_gaps(&[open[0].clone(), open[0].clone()]).len(), 2 * open[0].len() + 1);
    }
}
