//! Every quantity of a point: against 200-digit values at extreme settings, and the vector lanes against one at a time.

use alpha_rmt::Error;
use alpha_rmt::points::Points;
use alpha_rmt::setting::{Point, Setting};
use alpha_rmt::source::SourceForm;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::{assert_close, setting};

/// scripts/fixtures/point.py.
#[test]
fn extreme_settings_keep_their_digits() {
    let mut reader = csv::Reader::from_reader(include_str!("../fixtures/point.csv").as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut rows = 0;
    for row in reader.records() {
        let row: Vec<f64> = row.unwrap().iter().map(|cell| cell.parse().unwrap()).collect();
        let setting = setting(std::array::from_fn(|i| row[i]));
        let one = setting.point(None, SourceForm::Correct).unwrap();
        let many = Points::new(&[setting], None, SourceForm::Correct).unwrap().point(0).unwrap();
        for point in [one, many] {
            let mut separation = 0.0f64;
            for (name, &expected) in names[8..].iter().zip(&row[8..]) {
                let index = Point::NAMES.iter().position(|known| known == name).unwrap();
                let got = point.values()[index].unwrap();
                if name.starts_with("separation") {
                    separation = expected;
                }
                if expected == 0.0 {
                    assert_eq!(got, 0.0, "{name} at {setting:?}");
                } else {
                    // The tail magnifies the separation's rounding by its square.
                    let tail = if name.starts_with("error_rate") { separation.powi(2).max(1.0) } else { 1.0 };
                    assert_close(&format!("{name} at {setting:?}"), got, expected, 2e-14 * tail);
                }
            }
        }
        rows += 1;
    }
    assert_eq!(rows, 12);
}

/// A setting drawn over many orders of magnitude, β = ±1 and 0 and norms of 0 among them.
fn drawn(rng: &mut StdRng) -> Setting {
    let mut log = |low: f64, high: f64| 10f64.powf(rng.random_range(low..high));
    let dimension = log(0.0, 6.0);
    let (source, target) = (dimension * log(-3.0, 8.0), dimension * log(-3.0, 8.0));
    let (mut norm, mut orthogonal) = (log(-2.0, 2.0), log(-2.0, 2.0));
    let (source_ridge, target_ridge) = (log(-9.0, 9.0), log(-9.0, 9.0));
    let alignment = match rng.random_range(0..6) {
        0 => 1.0,
        1 => -1.0,
        2 => 0.0,
        _ => rng.random_range(-1.0..1.0),
    };
    match rng.random_range(0..20) {
        0 => norm = 0.0,
        1 => orthogonal = 0.0,
        _ => {}
    }
    setting([source, target, dimension, norm, orthogonal, alignment, source_ridge, target_ridge])
}

#[test]
fn lanes_say_what_one_at_a_time_says() {
    let rng = &mut StdRng::seed_from_u64(1);
    let settings: Vec<Setting> = (0..5000).map(|_| drawn(rng)).collect();
    for form in [SourceForm::Correct, SourceForm::Published] {
        for alpha in [None, Some(0.7), Some(-3.0)] {
            let points = Points::new(&settings, alpha, form).unwrap();
            let [mut missing, mut there] = [0, 0];
            for (index, setting) in settings.iter().enumerate() {
                let Ok(one) = setting.point(alpha, form) else {
                    assert!(points.failed().contains(&index), "{setting:?}");
                    assert_eq!(points.values(index), [None; Point::NAMES.len()]);
                    continue;
                };
                let many = points.point(index).unwrap_or_else(|| panic!("no point at {setting:?}"));
                agree(setting, form, &one, &many);
                missing += one.values().iter().filter(|x| x.is_none()).count();
                there += one.values().iter().filter(|x| x.is_some()).count();
            }
            assert!(there > 20 * settings.len(), "{there} of {} quantities", 23 * settings.len());
            let undefined = form == SourceForm::Published || missing > 500;
            assert!(undefined && missing < 20_000, "{missing} undefined {form:?}");
        }
    }
}

/// Both paths round differently; where the sign of the published variance hangs on that, either may be undefined.
fn agree(setting: &Setting, form: SourceForm, one: &Point, many: &Point) {
    // The published α* may lie near ᾱ, where the mean cancels.
    let tolerance = if form == SourceForm::Correct { 1e-13 } else { 1e-11 };
    let separations = [6, 9, 12, 15, 18];
    for (i, name) in Point::NAMES.iter().enumerate() {
        let separation = match i {
            5..=7 => one.separation,
            8..=10 => one.separation_at_0,
            11..=13 => one.separation_at_1,
            14..=16 => one.separation_at_alpha_star,
            17..=19 => one.separation_source_only,
            _ => None,
        };
        // Φ and 1 − Φ magnify a relative error of the separation by its square; a sum that cancels has an absolute one.
        let tail = separation.map_or(1.0, |s| s.powi(2).max(1.0));
        let what = || format!("{name} {form:?} at {setting:?}: {one:?} and {many:?}");
        match (one.values()[i], many.values()[i]) {
            (Some(a), Some(b)) => {
                let scale = if separations.contains(&i) || (2..5).contains(&i) {
                    // A mean near 0 is a sum that cancels, and the separation with it.
                    a.abs().max(1e-3 * one.separation_at_0.unwrap_or(0.0))
                } else if i >= 20 {
                    1.0
                } else {
                    a.abs()
                };
                let bound = tolerance * tail.min(1e6) * scale + 1e-300;
                assert!((a - b).abs() <= bound, "{}", what());
            }
            (None, None) => {}
            _ => assert!(form == SourceForm::Published, "{}", what()),
        }
    }
}

#[test]
fn the_same_points_whatever_is_computed_beside_them() {
    let rng = &mut StdRng::seed_from_u64(2);
    let settings: Vec<Setting> = (0..200).map(|_| drawn(rng)).collect();
    let all = Points::new(&settings, None, SourceForm::Correct).unwrap();
    assert_eq!(all.len(), 200);
    for start in [0, 1, 63, 64, 130, 199] {
        let some = Points::new(&settings[start..], None, SourceForm::Correct).unwrap();
        assert_eq!(some.len(), 200 - start);
        assert!((0..some.len()).all(|i| some.values(i) == all.values(start + i)));
    }
    assert!(Points::new(&[], None, SourceForm::Correct).unwrap().is_empty());
    let column: Vec<_> = all.column("error_rate_at_1").unwrap().collect();
    assert_eq!(column.len(), 200);
    assert_eq!(column[131], all.point(131).unwrap().error_rate_at_1);
    assert!(all.column("accuracy_at_2").is_none() && all.point(200).is_none());
    assert_eq!(all.values(200), [None; Point::NAMES.len()]);
}

#[test]
fn one_point_out_of_reach_leaves_the_others_alone() {
    let ordinary = setting([900.0, 120.0, 300.0, 1.1, 0.9, 0.4, 0.7, 0.3]);
    let overflows = Setting { source_norm: 1e200, ..ordinary };
    let points = Points::new(&[ordinary, overflows, ordinary], None, SourceForm::Correct).unwrap();
    assert!(matches!(overflows.point(None, SourceForm::Correct), Err(Error::Range { .. })));
    assert_eq!(points.failed(), [1]);
    assert!(points.point(1).is_none() && points.point(0).is_some() && points.point(0) == points.point(2));
    for wrong in [Setting { alignment: 1.5, ..ordinary }, Setting { target_ridge: f64::NAN, ..ordinary }] {
        let refused = Points::new(&[ordinary, wrong], None, SourceForm::Correct);
        assert!(matches!(refused, Err(Error::Parameter { .. })));
    }
    let refused = Points::new(&[ordinary], Some(f64::INFINITY), SourceForm::Correct);
    assert!(matches!(refused, Err(Error::Parameter { name: "alpha", .. })));
}

#[test]
fn the_error_rate_keeps_what_the_accuracy_rounds_away() {
    let point = setting([1e8, 1e4, 10.0, 12.0, 12.0, 0.9, 1.0, 1.0]).point(Some(1.0), SourceForm::Correct).unwrap();
    assert_eq!(point.accuracy, Some(1.0));
    let (separation, error) = (point.separation.unwrap(), point.error_rate.unwrap());
    assert!(separation > 10.0 && error > 0.0 && error < 1e-20);
    assert_close("Φ(−m/√q)", error, alpha_rmt::normal_cdf(-separation), 0.0);
    // A gain is what is left of the error, not 1 − 1.
    assert!(point.gain_over_0.unwrap() > 0.0 && point.gain_over_0.unwrap() < 1e-20);
}
