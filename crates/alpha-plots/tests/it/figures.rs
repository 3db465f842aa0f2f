//! The figures' numbers and what their SVG shows.

use alpha_plots::Error;
use alpha_plots::chart::{Chart, Curve, Key, Level, Marker, Shape};
use alpha_plots::figure1::{self, Figure1Config};
use alpha_plots::figure2::Figure2Config;
use alpha_plots::figure3::Figure3Config;
use alpha_plots::figure6::{self, Figure6Config};
use alpha_rmt::source::SourceForm;

#[test]
fn figure1_has_its_marks_on_the_curves() {
    let config = Figure1Config::paper().unwrap();
    for form in [SourceForm::Correct, SourceForm::Published] {
        let curves = config.curves(form).unwrap();
        assert_eq!(curves.iter().map(|c| c.alignment).collect::<Vec<_>>(), [0.2, 0.5, 0.9]);
        for curve in &curves {
            assert_eq!(curve.points.len(), 1000);
            let (best, highest) = *curve.points.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            let (worst, lowest) = *curve.points.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            let step = 20.0 / 999.0;
            assert!((best - curve.point.alpha_star.unwrap()).abs() <= step, "β = {}", curve.alignment);
            assert!((worst - curve.point.alpha_worst.unwrap()).abs() <= step, "β = {}", curve.alignment);
            assert!(highest <= curve.point.accuracy_at_alpha_star.unwrap());
            assert!((0.5..0.51).contains(&lowest));
        }
        let chart = figure1::chart(&curves, form);
        assert_eq!((chart.curves.len(), chart.markers.len(), chart.levels.len()), (3, 9, 1));
    }
}

#[test]
fn figure2_rises_with_the_alignment_from_zero() {
    let config = Figure2Config::paper().unwrap();
    let correct = config.ridge.lines(SourceForm::Correct).unwrap();
    assert_eq!(correct.iter().map(|line| line.parameter).collect::<Vec<_>>(), [0.01, 0.1, 1.0, 10.0]);
    for line in correct.iter().chain(&config.ridge.lines(SourceForm::Published).unwrap()) {
        assert_eq!(line.points.len(), 200);
        assert_eq!(line.points[0], (0.0, 0.0));
        assert!(line.points.windows(2).all(|w| w[0].1 < w[1].1), "η = {}", line.parameter);
    }
    let given = config.given.lines().unwrap();
    assert_eq!(given.len(), 6);
    for (weak, strong) in given.iter().zip(&given[1..]) {
        assert!(weak.points.iter().zip(&strong.points).all(|(a, b)| a.1 > b.1), "a larger ridge needs less source");
    }
    // At x = 1 the source is μ_β itself; with λ = 2 + g the closed form is η(1+g)/(g[λ − (λ−η)]) = (1+g)/g at η = 1.
    let ridge = given[3].parameter;
    let g = (ridge + (ridge * ridge + 4.0 * ridge).sqrt()) / 2.0;
    assert!((given[3].points[199].1 - (1.0 + g) / g).abs() < 1e-12);
}

#[test]
fn figure3_has_the_papers_settings() {
    let config = Figure3Config::paper().unwrap();
    let protocol = &config.curve.protocol;
    assert_eq!((config.pairs.len(), config.curve.count, config.curve.range), (3, 81, [-4.0, 4.0]));
    assert_eq!((protocol.source_ridge, protocol.target_ridge, protocol.splits), (2.0, 0.1, 10));
    assert_eq!(protocol.seeds, [123, 404, 1337]);
}

#[test]
fn figure6_has_the_papers_settings_and_both_classes() {
    let config = Figure6Config::paper().unwrap();
    let s = config.setting;
    assert_eq!((s.source_samples, s.target_samples, s.dimension), (5000.0, 200.0, 400.0));
    assert_eq!((s.source_norm, s.orthogonal_norm, s.source_ridge, s.target_ridge), (1.5, 1.0, 1.0, 1.0));
    assert_eq!((config.alphas.as_slice(), config.alignments.as_slice()), (&[0.1, 1.0, 10.0][..], &[0.3, 0.8][..]));
    assert_eq!((config.protocol.source_samples, config.protocol.target_samples), (2000, 100));
    let panels = Figure6Config { sets: 2, alignments: vec![0.8], ..config }.synthetic().unwrap();
    assert_eq!(panels.len(), 3);
    for panel in &panels {
        let chart = figure6::chart(panel);
        assert_eq!((chart.bars.len(), chart.curves.len()), (2, 2));
        for (bars, curve) in chart.bars.iter().zip(&chart.curves) {
            let area: f64 =
                bars.edges.windows(2).zip(&bars.heights).map(|(ends, height)| (ends[1] - ends[0]) * height).sum();
            assert!((0.99..=1.0 + 1e-12).contains(&area), "{area}");
            let gaussian: f64 = curve.points.windows(2).map(|ends| (ends[1].0 - ends[0].0) * ends[0].1).sum();
            assert!((gaussian - 1.0).abs() < 0.01, "{gaussian}");
            // Where one is high, so is the other.
            let top = |points: &mut dyn Iterator<Item = (f64, f64)>| points.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
            let measured = top(&mut bars.edges.iter().copied().zip(bars.heights.iter().copied()));
            let expected = top(&mut curve.points.iter().copied());
            assert!((measured.1 / expected.1 - 1.0).abs() < 0.15, "{measured:?} against {expected:?}");
        }
    }
    assert_eq!(figure6::table(&panels).rows().len(), 6);
}

fn small() -> Chart {
    Chart {
        title: "Title".to_owned(),
        x_label: "scale α".to_owned(),
        y_label: "accuracy".to_owned(),
        curves: vec![Curve {
            label: "β = 0.5".to_owned(),
            colour: Some(0),
            points: vec![(0.0, 1.0), (1.0, 2.0), (2.0, f64::NAN), (3.0, 1.5), (4.0, 1.0)],
            ..Curve::default()
        }],
        levels: vec![Level { y: 1.2, colour: None }],
        markers: vec![
            Marker { at: (1.0, 2.0), colour: Some(0), shape: Shape::Diamond },
            Marker { at: (9.0, 2.0), colour: Some(0), shape: Shape::Diamond },
        ],
        notes: vec![(Key::Marker(Shape::Diamond), "α*".to_owned())],
        ..Chart::default()
    }
}

#[test]
fn svg_is_the_same_every_time_and_shows_what_was_asked() {
    let svg = small().to_svg().unwrap();
    assert_eq!(svg, small().to_svg().unwrap());
    assert!(svg.starts_with("<svg width=\"480\" height=\"372\" viewBox=\"0 0 4800 3720\""), "{}", &svg[..80]);
    for words in ["Title", "scale α", "accuracy", "β = 0.5", "α*"] {
        assert_eq!(svg.matches(&format!("{words}\n")).count(), 1, "{words}");
    }
    // One marker on the curve and one in the legend; the third lies outside. The gap splits the curve in two.
    assert_eq!(svg.matches("<polygon").count(), 2);
    let blue = svg.matches("stroke=\"#0072B2\"").count();
    let whole = {
        let mut chart = small();
        chart.curves[0].points[2].1 = 1.7;
        chart.to_svg().unwrap()
    };
    assert_eq!(blue, whole.matches("stroke=\"#0072B2\"").count() + 1);
}

#[test]
fn a_chart_of_nothing_is_refused() {
    let mut chart = small();
    chart.curves[0].points = vec![(f64::NAN, 1.0)];
    assert!(matches!(chart.to_svg(), Err(Error::Empty(title)) if title == "Title"));
}
