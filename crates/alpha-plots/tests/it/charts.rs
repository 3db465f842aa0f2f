//! What charts draw: logarithmic axes, points with error bars, dashed curves.

use alpha_plots::Error;
use alpha_plots::chart::{Band, Bars, Chart, Curve, ErrorPoint, ErrorPoints, Key, Level, Marker, Scale, Shape, panels};

use crate::svg::{elements, with};

const BLUE: &str = "#0072B2";
const VERMILLION: &str = "#D55E00";

fn log_log(points: &[(f64, f64)]) -> Chart {
    Chart {
        title: "Title".to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Log,
        curves: vec![Curve { colour: Some(0), points: points.to_vec(), ..Curve::default() }],
        ..Chart::default()
    }
}

fn measured(y_scale: Scale, points: Vec<ErrorPoint>) -> Chart {
    let points = vec![ErrorPoints { label: "measured".to_owned(), colour: Some(1), points }];
    Chart { title: "Title".to_owned(), y_scale, points, ..Chart::default() }
}

/// Place of a label along its axis.
fn place(svg: &str, words: &str, along: &str) -> i32 {
    let found: Vec<i32> = elements(svg, "text").iter().filter(|t| t.words == words).map(|t| t.number(along)).collect();
    assert_eq!(found.len(), 1, "{words}");
    found[0]
}

/// Left and right end of the horizontal axis, and its height.
fn bottom(svg: &str) -> ([i32; 2], i32) {
    let axes: Vec<_> = with(svg, "polyline", "stroke", "#282828").iter().map(|line| line.points()).collect();
    let longest = axes.iter().filter(|p| p[0].1 == p[1].1).max_by_key(|p| p[1].0 - p[0].0).unwrap();
    ([longest[0].0, longest[1].0], longest[0].1)
}

#[test]
fn decades_are_equally_long() {
    let svg = log_log(&[(0.01, 1e3), (10.0, 1e9)]).to_svg().unwrap();
    let x = ["10⁻²", "10⁻¹", "1", "10"].map(|label| place(&svg, label, "x"));
    let ([left, right], _) = bottom(&svg);
    assert!((x[0] - left).abs() <= 1 && (x[3] - right).abs() <= 1, "{x:?} in {left}..{right}");
    let y = ["10³", "10⁵", "10⁷", "10⁹"].map(|label| place(&svg, label, "y"));
    for steps in [x, y] {
        let lengths: Vec<i32> = steps.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
        assert!(lengths[0] > 300 && lengths.iter().all(|l| (l - lengths[0]).abs() <= 1), "{lengths:?}");
    }
    // A straight line in both logarithms.
    let curve = &with(&svg, "polyline", "stroke", BLUE)[0].points();
    assert_eq!((curve[0].0, curve[1].0), (left, right));
}

#[test]
fn what_is_not_positive_has_no_place_on_a_logarithmic_axis() {
    let with = |gap: (f64, f64)| log_log(&[(1.0, 2.0), (2.0, 3.0), gap, (4.0, 2.0), (5.0, 9.0)]).to_svg().unwrap();
    let missing = with((3.0, f64::NAN));
    for gap in [(3.0, 0.0), (3.0, -4.0), (0.0, 4.0), (-3.0, 4.0), (f64::INFINITY, 4.0)] {
        assert_eq!(with(gap), missing, "{gap:?}");
    }
    assert_ne!(with((3.0, 4.0)), missing);
    let empty = log_log(&[(-1.0, 1.0), (0.0, 1.0), (1.0, 0.0)]).to_svg();
    assert!(matches!(empty, Err(Error::Empty(title)) if title == "Title"));
    let mut chart = log_log(&[(1.0, 2.0), (2.0, 3.0)]);
    let plain = chart.to_svg().unwrap();
    chart.levels = vec![Level { y: 0.0, colour: None }];
    assert_eq!(chart.to_svg().unwrap(), plain);
    chart.levels = vec![Level { y: 2.5, colour: None }];
    assert_ne!(chart.to_svg().unwrap(), plain);
}

#[test]
fn error_bars_reach_as_far_as_the_error() {
    let points = vec![
        ErrorPoint::with_error((0.0, 1.0), 0.5),
        ErrorPoint { open: true, ..ErrorPoint::with_error((1.0, 3.0), 1.0) },
        ErrorPoint { bar: [f64::NAN; 2], ..ErrorPoint::with_error((2.0, 2.0), 0.0) },
    ];
    let chart = measured(Scale::Linear, points);
    let svg = chart.to_svg().unwrap();
    assert_eq!(svg, chart.to_svg().unwrap());
    place(&svg, "measured", "x");
    // The first line is the legend's; then for each bar itself and its two caps.
    let lines: Vec<_> = with(&svg, "polyline", "stroke", VERMILLION).iter().map(|line| line.points()).collect();
    assert_eq!(lines.len(), 1 + 2 * 3);
    // The filled ones, without the legend's; the open one is a white disc and a ring.
    let filled = &with(&svg, "circle", "fill", VERMILLION)[1..];
    let open = with(&svg, "circle", "stroke", VERMILLION);
    assert_eq!((filled.len(), open.len(), with(&svg, "circle", "fill", "#FFFFFF").len()), (2, 1, 1));
    let unit = (f64::from(filled[0].number("cy")) - f64::from(open[0].number("cy"))) / 2.0;
    for (bar, point, length) in [(&lines[1..4], &filled[0], 0.5), (&lines[4..7], &open[0], 1.0)] {
        let (x, y) = (point.number("cx"), point.number("cy"));
        assert!(bar[0].iter().all(|end| end.0 == x));
        for (end, sign) in [(bar[0][0], 1.0), (bar[0][1], -1.0)] {
            assert!((f64::from(end.1 - y) - sign * length * unit).abs() <= 1.5, "{end:?} around {y}");
        }
        assert_eq!([bar[1][0].1, bar[2][0].1], [bar[0][0].1, bar[0][1].1]);
    }
}

#[test]
fn a_bar_below_zero_ends_at_the_bottom_of_a_logarithmic_axis() {
    let points = vec![ErrorPoint::with_error((0.0, 1.0), 0.5), ErrorPoint::with_error((1.0, 0.03), 0.05)];
    let svg = measured(Scale::Log, points).to_svg().unwrap();
    let lines: Vec<_> = with(&svg, "polyline", "stroke", VERMILLION).iter().map(|line| line.points()).collect();
    assert_eq!(lines.len(), 1 + 3 + 2, "one cap less");
    let (_, axis) = bottom(&svg);
    assert!((lines[4][0].1 - axis).abs() <= SCALE, "{:?}, axis at {axis}", lines[4]);
    assert_eq!(lines[5][0].1, lines[4][1].1, "the cap is the upper one");
}

/// Drawing units in a pixel.
const SCALE: i32 = 10;

#[test]
fn on_a_logarithmic_axis_a_bar_widens_the_range_by_a_decade_at_most() {
    let chart = |bar: [f64; 2]| {
        let wide = ErrorPoint { bar, ..ErrorPoint::with_error((1.0, 0.1), 0.0) };
        measured(Scale::Log, vec![ErrorPoint::with_error((0.0, 1.0), 0.0), wide]).to_svg().unwrap()
    };
    let labels = |svg: &str| {
        let mut labels: Vec<_> = elements(svg, "text").iter().map(|t| (t.number("y"), t.words.to_owned())).collect();
        labels.retain(|(_, words)| words.starts_with("10"));
        labels
    };
    assert_eq!(labels(&chart([1e-12, 0.2])), labels(&chart([0.01, 0.2])));
    assert_ne!(labels(&chart([0.05, 0.2])), labels(&chart([0.01, 0.2])));
    assert_eq!(labels(&chart([0.05, 1e9])), labels(&chart([0.05, 1.0])));
}

#[test]
fn a_dashed_curve_has_gaps_on_its_way_and_in_the_legend() {
    let mut chart = log_log(&[(1.0, 1.0), (100.0, 10.0)]);
    chart.curves[0].label = "guide".to_owned();
    let lines = |chart: &Chart| {
        let svg = chart.to_svg().unwrap();
        with(&svg, "polyline", "stroke", BLUE).iter().map(|line| line.points()).collect::<Vec<_>>()
    };
    let solid = lines(&chart);
    assert_eq!(solid.len(), 2);
    chart.curves[0].dashed = true;
    let dashed = lines(&chart);
    let legend = dashed.iter().filter(|p| p[0].1 == solid[0][0].1).count();
    assert_eq!(legend, 3);
    assert!(dashed.len() > 30, "{}", dashed.len());
    assert_eq!(dashed[legend][0], solid[1][0]);
    assert!(dashed[legend..].windows(2).all(|w| w[0][1].0 < w[1][0].0), "no gap");
}

#[test]
fn points_alone_make_a_chart_and_keep_clear_of_its_edges() {
    let one = measured(Scale::Log, vec![ErrorPoint::with_error((3.0, 2.0), 0.0)]).to_svg().unwrap();
    let circle = &with(&one, "circle", "fill", VERMILLION)[1];
    let ([left, right], _) = bottom(&one);
    assert!((circle.number("cx") - (left + right) / 2).abs() <= 1);
    let three = [1.0, 2.0, 3.0].map(|x| ErrorPoint::with_error((x, x), 0.1)).to_vec();
    let svg = measured(Scale::Linear, three).to_svg().unwrap();
    let ([left, right], _) = bottom(&svg);
    for circle in &with(&svg, "circle", "fill", VERMILLION)[1..] {
        let x = circle.number("cx");
        assert!(x - left > 8 * SCALE && right - x > 8 * SCALE, "{x} in {left}..{right}");
    }
}

#[test]
fn long_labels_push_the_axis_and_the_legend_aside() {
    let ends = |low: f64, high: f64| {
        let svg = log_log(&[(1.0, low), (2.0, high)]).to_svg().unwrap();
        (bottom(&svg).0[0], place(&svg, "Title", "x"))
    };
    let (short, title) = ends(2.0, 9.0);
    assert_eq!((short, title), (58 * SCALE, 58 * SCALE));
    let (long, title) = ends(2e-5, 9e-5);
    assert!(long > short + 10 * SCALE && long == title, "{long}, title at {title}");
}

#[test]
fn a_histogram_is_a_density_that_stands_on_zero() {
    let bars = Bars::density(&[0.1, 0.2, 0.6, 1.9, 5.0], [0.0, 2.0], 4, Some(0));
    assert_eq!(bars.edges, [0.0, 0.5, 1.0, 1.5, 2.0]);
    // Five values, bars half a unit wide; the one beyond the ends counts in no bar.
    for (height, expected) in bars.heights.iter().zip([0.8, 0.4, 0.0, 0.4]) {
        assert!((height - expected).abs() < 1e-15, "{:?}", bars.heights);
    }
    assert_eq!(Bars::density(&[0.5], [0.0, 1.0], 0, None).heights, [1.0], "at least one bar");
    let svg = Chart { title: "Title".to_owned(), bars: vec![bars], ..Chart::default() }.to_svg().unwrap();
    let drawn = with(&svg, "rect", "fill", BLUE);
    let [high, low, last] = drawn.as_slice() else { panic!("{} bars", drawn.len()) };
    let foot = |bar: &crate::svg::Element<'_>| bar.number("y") + bar.number("height");
    assert!((high.number("height") - 2 * low.number("height")).abs() <= 2);
    assert!((foot(high) - foot(low)).abs() <= 1 && (foot(high) - foot(last)).abs() <= 1);
    assert!((high.number("x") + high.number("width") - low.number("x")).abs() <= 1);
}

#[test]
fn panels_stand_side_by_side() {
    let charts: Vec<Chart> = (1..=3).map(|i| log_log(&[(1.0, 1.0), (10.0, f64::from(i) * 10.0)])).collect();
    let svg = panels::grid(&charts, 2).unwrap();
    assert!(svg.starts_with("<svg width=\"960\" height=\"744\" viewBox=\"0 0 960 744\""), "{}", &svg[..60]);
    let places: Vec<_> =
        elements(&svg, "svg")[1..].iter().map(|panel| (panel.number("x"), panel.number("y"))).collect();
    assert_eq!(places, [(0, 0), (480, 0), (0, 372)]);
    assert!(panels::grid(&[Chart::default()], 2).is_err());
    assert!(matches!(panels::grid(&[], 2), Err(Error::TooFew { what: "charts", .. })));
}

#[test]
fn a_bands_outline_goes_there_and_back() {
    let band = Band { colour: Some(0), points: vec![(0.0, [0.0, 1.0]), (1.0, [0.0, 2.0]), (2.0, [1.0, 2.0])] };
    let svg = Chart { bands: vec![band], ..Chart::default() }.to_svg().unwrap();
    let polygons = elements(&svg, "polygon");
    let points = polygons[0].points();
    assert_eq!((polygons.len(), points.len()), (1, 6));
    assert!(points[0].0 < points[1].0 && points[1].0 < points[2].0 && points[2].0 == points[3].0);
    // Downwards on the screen is lower.
    assert!(points[0].1 > points[5].1 && points[0].1 == points[1].1 && points[3].1 == points[4].1);
    assert!(!with(&svg, "polygon", "opacity", "0.22").is_empty());
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
