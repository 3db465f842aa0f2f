//! Table 1: every published digit, and an independent implementation at settings that were never published.

use alpha_linear::Error;
use alpha_linear::amazon::table1::{self, Table1Config, Transfer, on_amazon, on_stand_in};
use alpha_linear::amazon::{Domain, figure3};
use alpha_rmt::source::SourceForm;

#[test]
fn every_published_digit_is_reproduced() {
    let Some(amazon) = crate::real_amazon() else { return };
    for target_samples in [40, 20] {
        let config = Table1Config { target_samples, ..Table1Config::default() };
        let published = table1::published(&config).unwrap();
        assert_eq!(published.len(), 12);
        let transfers = on_amazon(amazon, &config).unwrap();
        assert_eq!(table1::misses(&transfers, &published), []);
        assert_eq!(table1::table(&transfers).rows().len(), 12);
    }
}

#[test]
fn a_missed_digit_is_reported() {
    let Some(amazon) = crate::real_amazon() else { return };
    let config = Table1Config::default();
    let mut transfers = on_amazon(amazon, &config).unwrap();
    transfers[7].at_star.deviation += 0.01;
    let misses = table1::misses(&transfers, &table1::published(&config).unwrap());
    assert_eq!(misses.len(), 1);
    assert_eq!((misses[0].pair.as_str(), misses[0].column), ("electronics → dvd", "std_alpha_star"));
    let message = misses[0].to_string();
    assert!(message.starts_with("electronics → dvd, std_alpha_star: published "), "{message}");
}

#[test]
fn published_and_ours_stand_side_by_side() {
    let config = Table1Config::default();
    let published = table1::published(&config).unwrap();
    let mut transfers = on_stand_in(&config).unwrap();
    (transfers[1].at_0.mean, transfers[1].at_0.deviation, transfers[1].alpha_star) = (68.50, 0.5, 1.68);
    let beside = table1::beside(&transfers, &published);
    let cells: Vec<&str> = ["transfer", "α = 0, published", "α*, published"]
        .into_iter()
        .flat_map(|name| {
            let at = beside.header().iter().position(|column| column == name).unwrap();
            beside.rows()[1][at..at + if at == 0 { 1 } else { 3 }].iter().map(String::as_str)
        })
        .collect();
    assert_eq!(cells, ["books → electronics", "68.61 ± 0.74", "68.50 ± 0.50", "-0.11", "1.68", "1.68", "0.00"]);
    assert_eq!((beside.rows().len(), beside.header().len()), (12, 16));
}

#[test]
fn nothing_is_published_elsewhere() {
    for config in [
        Table1Config { target_samples: 30, ..Table1Config::default() },
        Table1Config { target_ridge: 2.0, ..Table1Config::default() },
        Table1Config { seeds: vec![1, 123], ..Table1Config::default() },
    ] {
        assert!(table1::published(&config).is_none());
    }
}

/// Against scripts/fixtures/amazon_protocol.py, which inverts a p×p matrix for every split.
#[test]
fn protocol_holds_at_other_settings() {
    let Some(amazon) = crate::real_amazon() else { return };
    for (name, config) in [
        (
            "table1_check_a.csv",
            Table1Config {
                source_samples: 1500,
                target_samples: 61,
                source_ridge: 0.5,
                target_ridge: 2.0,
                splits: 3,
                seeds: vec![7, 8],
            },
        ),
        (
            // One class of source, fewer source samples than features, more target samples than features.
            "table1_check_b.csv",
            Table1Config {
                source_samples: 300,
                target_samples: 500,
                source_ridge: 2.0,
                target_ridge: 0.1,
                splits: 2,
                seeds: vec![0, u32::MAX],
            },
        ),
    ] {
        let ours = on_amazon(amazon, &config).unwrap();
        let mut reader = csv::Reader::from_path(crate::fixture(name)).unwrap();
        let rows: Vec<(String, String, [f64; 8])> = reader.deserialize().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 12);
        for ((source, target, expected), t) in rows.iter().zip(&ours) {
            assert_eq!((source.as_str(), target.as_str()), (t.source.name(), t.target.name()));
            let got = [
                t.statistics.alignment,
                t.alpha_star,
                t.at_0.mean,
                t.at_0.deviation,
                t.at_1.mean,
                t.at_1.deviation,
                t.at_star.mean,
                t.at_star.deviation,
            ];
            for (got, expected) in got.iter().zip(expected) {
                assert!((got - expected).abs() <= 0.51e-6, "{name}, {source} → {target}: {got} against {expected}");
            }
        }
    }
}

fn mean(transfers: &[Transfer], of: fn(&Transfer) -> f64) -> f64 {
    transfers.iter().map(of).sum::<f64>() / transfers.len() as f64
}

#[test]
fn honest_columns_have_the_measured_means() {
    let Some(amazon) = crate::real_amazon() else { return };
    let transfers = on_amazon(amazon, &Table1Config::default()).unwrap();
    for (name, got, expected) in [
        ("source only", mean(&transfers, |t| t.source_only), 77.5),
        ("plain α*", mean(&transfers, |t| t.at_star.plain), 77.2),
        ("plain α = 1", mean(&transfers, |t| t.at_1.plain), 76.1),
        ("plain α = 0", mean(&transfers, |t| t.at_0.plain), 66.3),
    ] {
        assert!((got - expected).abs() <= 0.06, "{name}: {got} against {expected}");
    }
    for t in &transfers {
        assert!(t.alpha_star_correct < t.alpha_star, "the published form understates ‖w̃‖², so it overstates α*");
        assert!(t.at_0.plain <= t.at_0.mean);
    }
}

#[test]
fn stand_in_behaves_as_the_model() {
    let transfers = on_stand_in(&Table1Config { splits: 4, ..Table1Config::default() }).unwrap();
    assert_eq!(transfers.len(), 12);
    let published = [2.47, 1.68, 1.9, 2.47, 1.69, 1.88, 1.67, 1.69, 2.29, 1.84, 1.82, 2.31];
    let mut bias = 0.0;
    for (t, star) in transfers.iter().zip(published) {
        assert!((t.alpha_star - star).abs() < 0.01, "{:?} → {:?}", t.source, t.target);
        let theory = |alpha| {
            let setting = Table1Config::default().setting(&t.statistics, 400);
            100.0 * setting.point(Some(alpha), SourceForm::Correct).unwrap().accuracy.unwrap()
        };
        for (alpha, cell) in [(0.0, t.at_0), (1.0, t.at_1), (t.alpha_star, t.at_star)] {
            // One source and one target of 2000 rows: a point of sampling noise, at most three.
            let gap = cell.plain - theory(alpha);
            assert!(gap.abs() < 3.0, "{:?} → {:?} at α = {alpha}: {gap}", t.source, t.target);
            bias += gap / 36.0;
        }
    }
    assert!(bias.abs() < 0.5, "the stand-in is {bias} points off the theory on average");
    assert_eq!(transfers, on_stand_in(&Table1Config { splits: 4, ..Table1Config::default() }).unwrap());
}

#[test]
fn curve_meets_the_table_where_they_share_splits() {
    let Some(amazon) = crate::real_amazon() else { return };
    // With α* as the first α of the curve, its splits are the table's first ones.
    let protocol = Table1Config { splits: 3, ..Table1Config::default() };
    let table = on_amazon(amazon, &protocol).unwrap();
    let row = &table[0];
    let config = figure3::CurveConfig { protocol, range: [row.alpha_star, row.alpha_star + 1.0], count: 3 };
    let curve = figure3::measure(amazon, Domain::Books, Domain::Dvd, &config).unwrap();
    assert_eq!(curve.points.len(), 3);
    assert_eq!(curve.points[0], (row.alpha_star, row.at_star));
    assert_eq!(curve.alpha_star, row.alpha_star);
    for range in [[1.0, 1.0], [f64::NAN, 1.0], [0.0, f64::INFINITY]] {
        let config = figure3::CurveConfig { range, ..config.clone() };
        assert!(matches!(figure3::measure(amazon, Domain::Books, Domain::Dvd, &config), Err(Error::Parameter { .. })));
        assert!(matches!(figure3::theory(amazon, Domain::Books, Domain::Dvd, &config), Err(Error::Parameter { .. })));
    }
}

#[test]
fn bad_configurations_are_named() {
    let good = Table1Config::default;
    for (name, config) in [
        ("source-samples", Table1Config { source_samples: 0, ..good() }),
        ("target-samples", Table1Config { target_samples: 0, ..good() }),
        ("target-samples", Table1Config { target_samples: 2000, ..good() }),
        ("splits", Table1Config { splits: 0, ..good() }),
        ("source-ridge", Table1Config { source_ridge: -1.0, ..good() }),
        ("target-ridge", Table1Config { target_ridge: f64::NAN, ..good() }),
        ("seeds", Table1Config { seeds: vec![], ..good() }),
    ] {
        match on_stand_in(&config) {
            Err(Error::Parameter { name: got, .. }) => assert_eq!(got, name),
            other => panic!("{name}: {:?}", other.map(|t| t.len())),
        }
    }
}
