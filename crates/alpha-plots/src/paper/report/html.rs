//! The report as a page.

use alpha_store::checksum::Checksum;
use alpha_store::record::DataUsed;
use alpha_store::table::Table;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::error::Result;
use crate::paper::report::{Entry, Report, explorer, words};
use crate::paper::{Item, Settings};

/// The page may load nothing: what it shows is in it.
const POLICY: &str =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline' 'wasm-unsafe-eval'";

pub(super) fn page(report: &Report<'_>, entries: &[Entry<'_>]) -> Result<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="description" content="The tables and figures of α-LoRA beside the published numbers.";
                title { "α-LoRA, reproduced" }
                link rel="icon" href="data:,";
                style { (PreEscaped(include_str!("report.css"))) }
            }
            body {
                a.skip href="#content" { "Skip to the content" }
                header {
                    h1 { "α-LoRA, reproduced" }
                    p { (words::SUMMARY) }
                    @if let Some((met, of)) = report.met() { p { strong { (met) } " " (of) "." } }
                    @if entries.iter().any(|entry| entry.outcome.item == Item::Erratum && entry.is_made()) {
                        p { "The paper's formula for a ridge-trained source has an error, with a price: see the " a href="#erratum" { "erratum" } "." }
                    }
                }
                (contents(report, entries))
                "\n" main #content tabindex="-1" {
                    (section("paper", "The paper, in order", entries, false)?)
                    (section("beyond", "Beyond the paper", entries, true)?)
                    (explorer::section()?)
                    (missing(report, entries))
                    (this_run(report))
                }
                footer { p { "alpha-lora " (report.record.version) ", MIT or Apache-2.0." } }
            }
        }
    };
    Ok(page.into_string() + "\n")
}

/// Every item and what came of it.
fn contents(report: &Report<'_>, entries: &[Entry<'_>]) -> Markup {
    let list = |beyond: bool| {
        let entries: Vec<&Entry<'_>> =
            entries.iter().filter(|entry| entry.outcome.item.is_beyond() == beyond).collect();
        html! {
            @for entry in entries {
                "\n" li {
                    a href={ "#" (entry.outcome.item.name()) } { (entry.outcome.item.title()) }
                    span.quiet { " " (entry.verdict()) }
                }
            }
        }
    };
    let missing = !report.not_asked().is_empty() || entries.iter().any(|entry| !entry.is_made());
    html! {
        nav.contents aria-label="Contents" {
            div { h2 { "The paper" } ul { (list(false)) } }
            div {
                h2 { "Beyond it" }
                ul {
                    (list(true))
                    li { a href="#explorer" { "Explorer of the theory" } span.quiet { " computed in the browser" } }
                    @if missing { li { a href="#missing" { "What is not here, and why" } } }
                    li { a href="#run" { "This run" } }
                }
            }
        }
    }
}

fn section(id: &str, title: &str, entries: &[Entry<'_>], beyond: bool) -> Result<Markup> {
    let entries = entries.iter().filter(|entry| entry.outcome.item.is_beyond() == beyond);
    let items: Vec<Markup> = entries.map(item).collect::<Result<_>>()?;
    Ok(html! {
        @if !items.is_empty() {
            "\n" section aria-labelledby=(id) {
                h2 id=(id) { (title) }
                @for item in items { (item) }
            }
        }
    })
}

fn item(entry: &Entry<'_>) -> Result<Markup> {
    let outcome = entry.outcome;
    let name = outcome.item.name();
    let title = outcome.item.title();
    let heading = format!("{name}-title");
    Ok(html! {
        "\n" article id=(name) aria-labelledby=(heading) {
            h3 id=(heading) { (title) }
            @if outcome.checked > 0 || outcome.redrawn || !entry.is_made() {
                p.verdict.missed[!outcome.misses.is_empty() || !entry.is_made()] { (sentence(&entry.verdict())) }
            }
            @if let Some(note) = &outcome.note { p.note { (sentence(note)) "." } }
            @if entry.is_made() {
                (paragraphs(outcome.item.about()))
                @if !outcome.misses.is_empty() {
                    ul.missed { @for miss in &outcome.misses { li { (miss) } } }
                }
                @if let Some(comparison) = outcome.comparison() { (table("In short", title, &comparison)) }
                @if !entry.figures.is_empty() { (figures(entry)) }
                @if let Some(details) = &outcome.details { (table("In detail", title, details)) }
                @for (caption, content) in &outcome.tables { (table(caption, title, content)) }
            }
            (provenance(entry)?)
        }
    })
}

/// A capital at the start, unless that is a symbol or a name such as all-MiniLM-L6-v2.
fn sentence(text: &str) -> String {
    let word = text.split([' ', ':']).next().unwrap_or_default();
    match text.get(..1) {
        Some(first) if word.bytes().all(|byte| byte.is_ascii_alphabetic()) => first.to_uppercase() + &text[1..],
        _ => text.to_owned(),
    }
}

fn paragraphs(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            @if paragraph.starts_with("    ") {
                pre tabindex="0" role="region" aria-label="Formula" {
                    @for line in paragraph.lines() { (line.trim_start_matches("    ")) "\n" }
                }
            } @else { p { (paragraph) } }
        }
    }
}

/// A table that scrolls inside its own box, with a heading to every row.
fn table(caption: &str, of: &str, table: &Table) -> Markup {
    let short = |column: usize| table.rows().iter().all(|row| row[column].chars().count() < 24);
    let classes: Vec<Option<&str>> = (0..table.header().len())
        .map(|column| match column {
            // The rows' headings.
            0 => None,
            _ if table.is_numeric(column) => Some("number"),
            _ => short(column).then_some("short"),
        })
        .collect();
    html! {
        "\n" div.scroll tabindex="0" role="region" aria-label={ (of) ". " (caption) } {
            table {
                caption { (caption) }
                thead { tr { @for (column, name) in table.header().iter().enumerate() { th scope="col" class=[classes[column]] { (name) } } } }
                tbody {
                    @for row in table.rows() {
                        "\n" tr {
                            @for (column, cell) in row.iter().enumerate() {
                                @if column == 0 { th scope="row" { (cell) } } @else { td class=[classes[column]] { (cell) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn figures(entry: &Entry<'_>) -> Markup {
    html! {
        div.figures {
            @for figure in &entry.figures {
                @let size = figure.size();
                @let wide = size.is_some_and(|(width, _)| width > 500);
                "\n" figure class=[wide.then_some("wide")] {
                    div.card tabindex=[wide.then_some("0")] role=[wide.then_some("region")] aria-label=[wide.then_some("Figure")] {
                        (image(&figure.address(), &figure.caption, size))
                    }
                    figcaption { (figure.caption) " " a href=(figure.file) { (figure.file) } }
                }
            }
        }
    }
}

/// An image whose address, made for single quotes, keeps its double ones.
fn image(address: &str, alt: &str, size: Option<(u32, u32)>) -> Markup {
    let alt = html! { (alt) }.into_string();
    let size = size.map_or_else(String::new, |(width, height)| format!(" width='{width}' height='{height}'"));
    PreEscaped(format!("<img src='{address}' alt=\"{alt}\"{size}>"))
}

/// What decides an item.
fn provenance(entry: &Entry<'_>) -> Result<Markup> {
    let outcome = entry.outcome;
    let seeds = entry.seeds()?;
    Ok(html! {
        dl.made {
            "\n" dt { "Command" }
            dd { code { (entry.command()) } }
            "\n" dt { "Settings" }
            @for Settings { name, text } in &outcome.settings {
                dd { details { summary { code { (name) } } pre tabindex="0" { (text) } } }
            }
            @if outcome.settings.is_empty() { dd { "none" } }
            "\n" dt { "Seeds" }
            @for (name, seed) in &seeds { dd { code { (seed) } @if outcome.settings.len() > 1 { " in " (name) } } }
            @if seeds.is_empty() { dd { "none: nothing is drawn" } }
            "\n" dt { "Data" }
            @for file in &outcome.data { dd { (data(file, 12)) } }
            @if outcome.data.is_empty() { dd { "none read here" } }
            @if entry.is_made() {
                "\n" dt { "Files" }
                dd { @for (i, file) in entry.files.iter().enumerate() { @if i > 0 { ", " } a href=(file) { (file) } } }
                "\n" dt { "Time" }
                dd { span.run { (format!("{:.2} s", outcome.seconds)) } }
            }
        }
    })
}

/// A dataset file with so many digits of its checksum.
fn data(file: &DataUsed, digits: usize) -> Markup {
    let shown = file.sha256.get(..digits).unwrap_or(&file.sha256);
    html! {
        code { (file.path) } " SHA-256 " code title=(file.sha256) { (shown) @if shown.len() < file.sha256.len() { "…" } }
        @match &file.checksum {
            Checksum::Right => ", verified",
            Checksum::Wrong { .. } => { ", " strong.missed { "not the published file" } },
            Checksum::Unknown => ", checksum unknown",
        }
    }
}

/// Items that were left out or not asked for.
fn missing(report: &Report<'_>, entries: &[Entry<'_>]) -> Markup {
    let left_out: Vec<&Entry<'_>> = entries.iter().filter(|entry| !entry.is_made()).collect();
    let not_asked: Vec<Item> = report.not_asked();
    html! {
        @if !left_out.is_empty() || !not_asked.is_empty() {
            section aria-labelledby="missing" {
                h2 id="missing" { "What is not here, and why" }
                ul {
                    @for entry in left_out {
                        li { (entry.outcome.item.title()) ": " (entry.outcome.note.as_deref().unwrap_or("left out")) "." }
                    }
                    @for item in not_asked {
                        li { (item.title()) ": not asked for; " code { "--only " (item.name()) } "." }
                    }
                }
            }
        }
    }
}

fn this_run(report: &Report<'_>) -> Markup {
    html! {
        "\n" section aria-labelledby="run" {
            h2 id="run" { "This run" }
            p { code { (report.record.command) } " " (report.record.version) "; " span.run { (report.circumstances()) } "." }
            @if !report.record.data.is_empty() {
                p { "Dataset files it read:" }
                ul.data { @for file in &report.record.data { li { (data(file, usize::MAX)) } } }
            }
        }
    }
}
