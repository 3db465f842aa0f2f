//! The report: what is in it, in which order, and that nothing in it is taken for markup.

use std::path::Path;
use std::time::Instant;

use alpha_plots::paper::report::Report;
use alpha_plots::paper::{Comparison, Context, Item, Outcome, make};
use alpha_store::checksum::Checksum;
use alpha_store::record::{DataUsed, Record};
use alpha_store::table::Table;

/// Writes the report of some outcomes and reads both forms back.
fn write(outcomes: &[Outcome], commit: Option<&str>, folder: &Path) -> [String; 2] {
    let items = outcomes.iter().map(|outcome| outcome.item.name().to_owned()).collect();
    let record = Record::new("reproduce-paper", "0.1.0", items, Vec::new(), Instant::now());
    Report { outcomes, record: &record, commit }.write(folder).unwrap();
    ["report.html", "report.md"].map(|name| std::fs::read_to_string(folder.join(name)).unwrap())
}

/// Quick items, one of them left out for want of data.
fn made(folder: &Path) -> Vec<Outcome> {
    [Item::Figure1, Item::Figure2, Item::Figure3, Item::Phase]
        .map(|item| make(item, &Context { amazon: None, results: Path::new("none"), out: folder }).unwrap())
        .into()
}

/// An outcome with one small figure and these words.
fn outcome(item: Item, words: &str, folder: &Path) -> Outcome {
    let figure = folder.join("figures/a.svg");
    std::fs::create_dir_all(figure.parent().unwrap()).unwrap();
    std::fs::write(&figure, format!("<svg width=\"480\" height=\"372\"><text>{words}</text></svg>")).unwrap();
    let mut table = Table::new(["name", words]);
    table.push([words.to_owned(), words.to_owned()]);
    Outcome {
        files: vec![figure],
        details: Some(table.clone()),
        tables: vec![(words.to_owned(), table)],
        note: Some(words.to_owned()),
        misses: vec![words.to_owned()],
        checked: 8,
        comparisons: vec![Comparison { quantity: words.to_owned(), published: Some(77.34), ours: 77.35 }],
        data: vec![DataUsed {
            path: words.to_owned(),
            sha256: "0123456789abcdef".to_owned(),
            checksum: Checksum::Wrong { expected: "fedcba".to_owned() },
        }],
        ..Outcome::new(item)
    }
}

/// Where all of these stand, which must be in this order.
fn in_order<'a>(text: &str, words: impl IntoIterator<Item = &'a str>) {
    let mut at = 0;
    for word in words {
        at += text[at..].find(word).unwrap_or_else(|| panic!("'{word}' is not there, or too early"));
    }
}

#[test]
fn every_item_and_figure_is_there_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes = made(folder.path());
    let [page, text] = write(&outcomes, Some("0123456789ab"), folder.path());
    in_order(
        &page,
        ["<article id=\"figure1\"", "<article id=\"figure2\"", "<article id=\"figure3\"", "<article id=\"phase\""],
    );
    in_order(
        &page,
        ["id=\"paper\"", "id=\"figure3\"", "id=\"beyond\"", "id=\"phase\"", "id=\"explorer\"", "id=\"run\""],
    );
    let svg = |path: &&std::path::PathBuf| path.extension().is_some_and(|extension| extension == "svg");
    let figures: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.files.iter().filter(svg)).collect();
    assert_eq!(figures.len(), 2 + 3 + 4);
    assert_eq!(page.matches("<img src='data:image/svg+xml,%3Csvg ").count(), figures.len());
    assert_eq!(page.matches(" alt=\"").count(), figures.len());
    for figure in figures {
        let name = figure.strip_prefix(folder.path()).unwrap().display().to_string();
        assert!(page.contains(&format!("<a href=\"{name}\">")) && text.contains(&format!("]({name})\n")), "{name}");
    }
    // What decides it, and the difference from the published form.
    let figure1 = &page[page.find("<article id=\"figure1\"").unwrap()..page.find("<article id=\"figure2\"").unwrap()];
    in_order(figure1, ["4.13", "4.10", "-0.03", "--only figure1", "experiments/figure1.toml", "source-samples = 5000"]);
    in_order(
        &text,
        ["### Figure 1", "| α* at β = 0.5 | 4.13 | 4.10 | -0.03 |", "--only figure1", "### Figure 2", "## This run"],
    );
    assert!(page.contains("0123456789ab") && text.contains("0123456789ab"));
}

#[test]
fn what_is_missing_is_named_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let [page, text] = write(&made(folder.path()), None, folder.path());
    for report in [&page, &text] {
        let missing =
            &report[report.find("What is not here, and why</h2>").or(report.find("## What is not here")).unwrap()..];
        in_order(missing, ["Figure 3", ": it needs the Amazon data", "Table 1: twelve", "not asked for"]);
        assert_eq!(missing.matches("not asked for").count(), Item::ALL.len() - 4);
        assert!(report.contains("commit unknown") && !report.contains("Beyond the paper: "));
    }
    // Nothing is said of numbers that were not checked.
    assert!(!page.contains("published numbers met"));
}

#[test]
fn words_are_never_markup() {
    let folder = tempfile::tempdir().unwrap();
    let words = "<b>&\"'</script>#%";
    let outcome = outcome(Item::Table1, words, folder.path());
    let [page, text] = write(&[outcome], Some(words), folder.path());
    assert!(!page.contains("<b>&"), "as it came");
    assert_eq!(page.matches("</script>").count(), 2, "the page's own two");
    // Note, miss, commit, data, comparison, both tables' heads and cells, and the caption.
    assert!(page.matches("&lt;b&gt;&amp;&quot;").count() >= 11, "{}", page.matches("&lt;b&gt;").count());
    assert!(page.contains("%3Ctext%3E%3Cb%3E%26\"%27%3C/script%3E%23%25%3C/text%3E"));
    in_order(&page, ["7 of 8", "1 of 8 published numbers missed", "+0.01", "0123456789ab…", "not the published file"]);
    assert!(text.contains("missed: <b>") && text.contains("**not the published file**"));
}

#[test]
fn two_runs_differ_in_seconds_machine_and_commit_only() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut outcomes = made(one.path());
    let first = write(&outcomes, Some("one"), one.path());
    outcomes = made(other.path());
    outcomes.iter_mut().for_each(|outcome| outcome.seconds += 100.0);
    let second = write(&outcomes, None, other.path());
    assert!(first[0] != second[0] && first[1] != second[1]);
    let masked = |page: &str| {
        let mut parts = page.split("<span class=\"run\">");
        let start = parts.next().unwrap().to_owned();
        parts.fold(start, |kept, part| kept + part.split_once("</span>").unwrap().1)
    };
    let cut = |text: &str| text.split_once("## This run").unwrap().0.to_owned();
    // No assert_eq: it would print both pages.
    assert!(masked(&first[0]) == masked(&second[0]), "report.html");
    assert!(cut(&first[1]) == cut(&second[1]), "report.md");
}

#[test]
fn every_item_is_there_with_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes: Vec<Outcome> = Item::ALL.map(|item| outcome(item, "words", folder.path())).into();
    let [page, _] = write(&outcomes, None, folder.path());
    for item in Item::ALL {
        assert!(page.contains(&format!("<article id=\"{}\"", item.name())));
    }
    let plain: Vec<Item> = Item::ALL.into_iter().filter(|item| Outcome::new(*item).settings.is_empty()).collect();
    assert_eq!(plain, [Item::Figure4, Item::Figure5, Item::Table2Small, Item::AppendixE2], "decided by runs alone");
    assert!(page.contains("<code>seeds = [1, 123, 404]</code>") && page.contains("<code>simulation.seed = 1</code>"));
    assert!(!page.contains("What is not here"));
}

#[test]
fn a_figure_that_has_gone_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let outcomes = made(folder.path());
    std::fs::remove_file(folder.path().join("figures/figure2_given.svg")).unwrap();
    let record = Record::new("reproduce-paper", "0.1.0", Vec::new(), Vec::new(), Instant::now());
    let error = Report { outcomes: &outcomes, record: &record, commit: None }.write(folder.path()).unwrap_err();
    assert!(error.to_string().contains("figure2_given.svg"), "{error}");
    assert!(!folder.path().join("report.html").exists());
}
