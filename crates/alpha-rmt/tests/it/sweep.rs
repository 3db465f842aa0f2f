//! A sweep moves what it says it moves.

use alpha_rmt::setting::Setting;
use alpha_rmt::source::SourceForm;
use alpha_rmt::sweep::{Axis, Parameter, Spacing, Sweep};

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
