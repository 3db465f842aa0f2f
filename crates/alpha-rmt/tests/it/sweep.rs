//! A sweep moves what it says it moves.

use alpha_rmt::Error;
use alpha_rmt::setting::Setting;
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Axis, Parameter, Spacing, Sweep, spaced};

use crate::setting;

#[test]
fn every_parameter_moves_its_own_field() {
    let base = setting([900.0, 120.0, 300.0, 1.1, 0.9, 0.4, 0.7, 0.3]);
    let ends = [0.6, 0.8];
    for parameter in Parameter::ALL {
        let axis = Axis::new(parameter, ends, 2, Spacing::Linear).unwrap();
        let sweep = Sweep::new(base, Some(1.5), SourceForm::Correct, vec![axis]).unwrap();
        assert_eq!(sweep.len(), 2);
        for (index, x) in ends.into_iter().enumerate() {
            let (moved, alpha) = match parameter {
                Parameter::SourceSamples => (Setting { source_samples: x, ..base }, 1.5),
                Parameter::TargetSamples => (Setting { target_samples: x, ..base }, 1.5),
                Parameter::Dimension => (Setting { dimension: x, ..base }, 1.5),
                Parameter::SourceNorm => (Setting { source_norm: x, ..base }, 1.5),
                Parameter::OrthogonalNorm => (Setting { orthogonal_norm: x, ..base }, 1.5),
                Parameter::Alignment => (Setting { alignment: x, ..base }, 1.5),
                Parameter::SourceRidge => (Setting { source_ridge: x, ..base }, 1.5),
                Parameter::TargetRidge => (Setting { target_ridge: x, ..base }, 1.5),
                Parameter::Alpha => (base, x),
                Parameter::AspectRatio => (Setting { target_samples: base.dimension / x, ..base }, 1.5),
            };
            let (coordinates, point) = sweep.point(index).unwrap();
            assert_eq!(coordinates, [x]);
            assert_eq!(point, moved.point(Some(alpha), SourceForm::Correct).unwrap(), "{}", parameter.name());
            assert_ne!(point, base.point(Some(1.5), SourceForm::Correct).unwrap(), "{}", parameter.name());
        }
    }
}

#[test]
fn beyond_the_grid_there_is_nothing() {
    let base = setting([900.0, 120.0, 300.0, 1.1, 0.9, 0.4, 0.7, 0.3]);
    let axes = vec!["alignment=0:1:3".parse().unwrap(), "alpha=0:2:2".parse().unwrap()];
    let sweep = Sweep::new(base, None, SourceForm::Correct, axes).unwrap();
    assert!(sweep.point(5).is_ok());
    assert_eq!(sweep.point(6).unwrap_err(), Error::Shape { name: "grid", expected: 7, got: 6 });
    assert!(sweep.point(usize::MAX).is_err());
}

#[test]
fn counts_are_checked() {
    for count in [0, 1, 100_000_001, usize::MAX] {
        let refused = Axis::new(Parameter::Alpha, [0.0, 1.0], count, Spacing::Linear);
        assert!(matches!(refused, Err(Error::Parameter { name: "count", .. })), "{count}: {refused:?}");
    }
    assert_eq!(Axis::new(Parameter::Alpha, [2.0; 2], 1, Spacing::Linear).unwrap().values(), [2.0]);
    // 10⁷ three times is more than 2⁶⁴.
    let base = setting([900.0, 120.0, 300.0, 1.1, 0.9, 0.4, 0.7, 0.3]);
    let axis = |parameter| Axis::new(parameter, [0.1, 0.2], 10_000_000, Spacing::Linear).unwrap();
    let axes = [Parameter::Alpha, Parameter::Alignment, Parameter::Dimension].map(axis).to_vec();
    let refused = Sweep::new(base, None, SourceForm::Correct, axes).unwrap_err();
    assert!(matches!(refused, Error::Parameter { name: "number of points", value: 1e21, .. }), "{refused}");
}

#[test]
fn values_are_numbers_whatever_the_ends() {
    for ends in [[0.0, 1.0], [-1.0, 2.0], [-2.0, -1.0], [1.0, 0.0]] {
        assert_eq!(spaced(ends, 5, Spacing::Log), spaced(ends, 5, Spacing::Linear));
    }
}
