//! What heat maps draw.

use alpha_plots::Error;
use alpha_plots::chart::{Curve, Scale};
use alpha_plots::colour_map::ColourMap;
use alpha_plots::heatmap::HeatMap;

use crate::svg::{Element, elements, with};

const INK: &str = "#282828";
/// Where there is no value.
const MISSING: &str = "#D6D6D6";
/// Drawing units in a pixel.
const SCALE: i32 = 10;
/// The colours of four levels from white through blue.
const SEQUENTIAL: [&str; 4] = ["#FFFFFF", "#80B9D9", "#0072B2", "#00263B"];
/// The colours of four levels with the centre on the middle boundary.
const DIVERGING: [&str; 4] = ["#005483", "#66AAD1", "#E69E66", "#9C4500"];

/// 4 × 3 cells in 4 levels.
fn small() -> HeatMap {
    HeatMap {
        title: "Title".to_owned(),
        x_label: "aspect ratio".to_owned(),
        y_label: "alignment".to_owned(),
        value_label: "best scale".to_owned(),
        x_scale: Scale::Log,
        x: vec![0.01, 0.1, 1.0, 10.0],
        y: vec![0.0, 0.5, 1.0],
        values: vec![
            0.0,
            0.5,
            0.9,
            0.2, // one run
            0.0,
            1.0,
            1.5,
            2.5, // three
            3.0,
            f64::NAN,
            f64::NAN,
            9.0, // three
        ],
        levels: vec![1.0, 2.0, 3.0],
        ..HeatMap::default()
    }
}

/// The rectangles of the cells: after the background, before the four of the colour bar.
fn cells(svg: &str) -> Vec<Element<'_>> {
    let mut all = elements(svg, "rect");
    all.truncate(all.len() - 4);
    all.split_off(1)
}

#[test]
fn the_same_map_gives_the_same_bytes_and_shows_its_words() {
    let svg = small().to_svg().unwrap();
    assert_eq!(svg, small().to_svg().unwrap());
    assert!(svg.starts_with("<svg width=\"480\" height=\"372\" viewBox=\"0 0 4800 3720\""), "{}", &svg[..80]);
    for words in ["Title", "aspect ratio", "alignment", "best scale", "10⁻²", "10⁻¹", "10", "0.4"] {
        assert_eq!(elements(&svg, "text").iter().filter(|text| text.words == words).count(), 1, "{words}");
    }
}

#[test]
fn runs_of_equal_level_are_one_rectangle_in_the_colour_of_the_level() {
    let svg = small().to_svg().unwrap();
    let cells = cells(&svg);
    // A value on a boundary belongs above it.
    let [first, second, third, fourth] = SEQUENTIAL;
    let expected = [first, first, second, third, fourth, MISSING, fourth];
    assert_eq!(cells.iter().map(|cell| cell.get("fill")).collect::<Vec<_>>(), expected);
    // On a logarithmic axis the cell of 0.1 begins at a sixth: halfway from 0.01, of three decades.
    let (left, width) = (cells[0].number("x"), cells[0].number("width"));
    let unit = SCALE;
    assert!((cells[2].number("x") - left - width / 6).abs() <= unit);
    assert!((cells[3].number("x") - left - width * 5 / 6).abs() <= unit);
    // The middle row takes half of the height, the others a quarter.
    let bottoms: Vec<i32> = [0, 1, 4].iter().map(|&i| cells[i].number("y") + cells[i].number("height")).collect();
    let height = bottoms[0] - cells[4].number("y");
    assert!((bottoms[0] - bottoms[1] - height / 4).abs() <= unit, "{bottoms:?} of {height}");
    assert!((bottoms[0] - bottoms[2] - height * 3 / 4).abs() <= unit, "{bottoms:?} of {height}");
}

#[test]
fn each_rectangle_reaches_under_the_next_so_that_no_seam_shows() {
    let svg = small().to_svg().unwrap();
    let cells = cells(&svg);
    let end = |cell: &Element<'_>| cell.number("x") + cell.number("width");
    let (left, right) = (cells[0].number("x"), end(&cells[0]));
    for row in [&cells[1..4], &cells[4..7]] {
        assert_eq!((row[0].number("x"), end(&row[2])), (left, right));
        assert!(row.windows(2).all(|pair| end(&pair[0]) >= pair[1].number("x") + SCALE));
    }
    for (below, above) in [(&cells[0], &cells[1]), (&cells[1], &cells[4])] {
        assert!(below.number("y") + SCALE <= above.number("y") + above.number("height"));
    }
}

#[test]
fn the_colour_bar_has_every_level_and_boundary() {
    let mut map = small();
    map.colours = ColourMap::Diverging { centre: 2.0 };
    map.levels = vec![1e-4, 2.0, 30.0];
    let svg = map.to_svg().unwrap();
    let all = elements(&svg, "rect");
    let bar = &all[all.len() - 4..];
    assert_eq!(bar.iter().map(|part| part.get("fill")).collect::<Vec<_>>(), DIVERGING);
    let (top, height) = (bar[0].number("y"), bar[0].number("height"));
    for (part, label) in ["10⁻⁴", "2", "30"].into_iter().enumerate() {
        let texts = elements(&svg, "text");
        let text = texts.iter().find(|text| text.words == label).unwrap_or_else(|| panic!("no {label}"));
        assert!((text.number("y") - top - height * (3 - part as i32) / 4).abs() <= 1, "{label}");
        assert!(text.number("x") > bar[0].number("x") + bar[0].number("width"));
    }
}

#[test]
fn infinite_values_lie_in_the_outermost_levels() {
    let mut map = small();
    let finite = map.to_svg().unwrap();
    map.values[0] = f64::NEG_INFINITY;
    map.values[11] = f64::INFINITY;
    assert_eq!(map.to_svg().unwrap(), finite);
    map.values[11] = f64::NAN;
    assert_ne!(map.to_svg().unwrap(), finite);
}

#[test]
fn a_curve_is_cut_at_the_edges_and_has_a_halo() {
    let mut map = small();
    // From inside out over the top, back in from the right, with a break.
    let points = vec![(0.1, 0.5), (1.0, 1.5), (f64::NAN, 0.5), (100.0, 0.25), (1.0, 0.25)];
    map.curves = vec![Curve { points, ..Curve::default() }];
    let svg = map.to_svg().unwrap();
    let cells = cells(&svg);
    let (left, width) = (cells[0].number("x"), cells[0].number("width"));
    let (top, bottom) = (cells[4].number("y"), cells[0].number("y") + cells[0].number("height"));
    let lines = |colour| {
        let thick = with(&svg, "polyline", "stroke", colour).into_iter();
        let thick = thick.filter(|line| line.number("stroke-width") >= 2 * SCALE);
        thick.map(|line| line.points()).collect::<Vec<_>>()
    };
    let drawn = lines(INK);
    assert_eq!(drawn, lines("#FFFFFF"), "the halo has the same way");
    let near = |a: (i32, i32), b: (i32, i32)| (a.0 - b.0).abs() <= 2 && (a.1 - b.1).abs() <= 2;
    assert_eq!(drawn.len(), 2);
    // Halfway in position, where y = 1, x is halfway between 0.1 and 1 on the axis.
    assert!(near(drawn[0][1], (left + width / 2, top)), "{drawn:?}");
    let height = bottom - (bottom - top) / 4;
    assert!(near(drawn[1][0], (left + width, height)), "{drawn:?}");
    assert!(near(drawn[1][1], (left + width * 2 / 3, height)), "{drawn:?}");
}

#[test]
fn a_fine_smooth_map_stays_small() {
    let x: Vec<f64> = (0..160).map(|i| 10_f64.powf(-2.0 + 3.0 * f64::from(i) / 159.0)).collect();
    let y: Vec<f64> = (0..120).map(|i| f64::from(i) / 119.0).collect();
    let values = y.iter().flat_map(|y| x.iter().map(move |x| x.log10() + 3.0 * y)).collect();
    let levels = (-3..9).map(|i| 0.5 * f64::from(i)).collect();
    let svg = HeatMap { x, y, values, levels, ..small() }.to_svg().unwrap();
    let count = elements(&svg, "rect").len();
    assert!((800..2000).contains(&count), "{count} rectangles");
    assert!(svg.len() <= 200_000, "{} bytes", svg.len());
}

#[test]
fn what_is_no_map_is_refused() {
    let refused = |spoil: &dyn Fn(&mut HeatMap)| {
        let mut map = small();
        spoil(&mut map);
        map.to_svg().unwrap_err()
    };
    let nothing = refused(&|map| map.values.fill(f64::NAN));
    assert!(matches!(nothing, Error::Empty(title) if title == "Title"));
    let short = refused(&|map| map.values.truncate(11));
    assert_eq!(short.to_string(), "the figure 'Title' has 11 values for a grid of (4, 3) cells");
    assert!(matches!(short, Error::GridSize { expected: (4, 3), got: 11, .. }));
    for (error, list, shortest) in [
        (refused(&|map| map.x.truncate(1)), "x", 2),
        (refused(&|map| map.y.truncate(0)), "y", 2),
        (refused(&|map| map.levels.clear()), "levels", 1),
    ] {
        assert!(matches!(error, Error::TooFew { what, least, .. } if (what, least) == (list, shortest)), "{list}");
    }
    for (error, list, place) in [
        (refused(&|map| map.x[2] = 0.05), "x", 2),
        (refused(&|map| map.y[1] = 0.0), "y", 1),
        (refused(&|map| map.levels[2] = 2.0), "levels", 2),
    ] {
        let is = matches!(error, Error::NotIncreasing { what, index, .. } if (what, index) == (list, place));
        assert!(is, "{list}: {error}");
    }
    for (error, number) in [
        (refused(&|map| map.x[0] = 0.0), "x"),
        (refused(&|map| map.y_scale = Scale::Log), "y"),
        (refused(&|map| map.y[2] = f64::INFINITY), "y"),
        (refused(&|map| map.levels[1] = f64::NAN), "levels"),
        (refused(&|map| map.colours = ColourMap::Diverging { centre: f64::NAN }), "centre"),
    ] {
        assert!(matches!(error, Error::OutOfRange { what, .. } if what == number), "{number}: {error}");
    }
}
