//! The report as Markdown, to be read beside its figures.

use std::fmt::Write;

use alpha_store::checksum::Checksum;

use crate::error::Result;
use crate::paper::report::{Entry, Report, words};

pub(super) fn text(report: &Report<'_>, entries: &[Entry<'_>]) -> Result<String> {
    let mut text = format!("# α-LoRA, reproduced\n\n{}\n\n", words::SUMMARY);
    if let Some((met, of)) = report.met() {
        line(&mut text, format_args!("**{met}** {of}.\n"));
    }
    for (beyond, title) in [(false, "The paper, in order"), (true, "Beyond the paper")] {
        let mut entries = entries.iter().filter(|entry| entry.outcome.item.is_beyond() == beyond).peekable();
        if entries.peek().is_some() {
            line(&mut text, format_args!("## {title}\n"));
        }
        for entry in entries {
            item(&mut text, entry)?;
        }
    }
    missing(&mut text, report, entries);
    line(&mut text, format_args!("## This run\n\n{}.\n", report.circumstances()));
    for Entry { outcome, .. } in entries.iter().filter(|entry| entry.is_made()) {
        line(&mut text, format_args!("- {}: {:.1} s", outcome.item.name(), outcome.seconds));
    }
    Ok(text)
}

/// Writing to a text cannot fail.
fn line(text: &mut String, content: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{content}");
}

fn item(text: &mut String, entry: &Entry<'_>) -> Result<()> {
    let outcome = entry.outcome;
    line(text, format_args!("### {}\n\n*{}*\n", outcome.item.title(), entry.verdict()));
    if let Some(note) = &outcome.note {
        line(text, format_args!("({note})\n"));
    }
    if entry.is_made() {
        let about = outcome.item.about();
        if !about.is_empty() {
            line(text, format_args!("{about}\n"));
        }
        for miss in &outcome.misses {
            line(text, format_args!("- missed: {miss}"));
        }
        if let Some(table) = outcome.comparison() {
            line(text, format_args!("{}", table.to_markdown()));
        }
        for figure in &entry.figures {
            line(
                text,
                format_args!("![{}]({})\n\n{}\n", figure.caption.replace(['[', ']'], ""), figure.file, figure.caption),
            );
        }
        if let Some(table) = &outcome.details {
            line(text, format_args!("{}", table.to_markdown()));
        }
        for (caption, table) in &outcome.tables {
            line(text, format_args!("{caption}:\n\n{}", table.to_markdown()));
        }
    }
    line(text, format_args!("- command: `{}`", entry.command()));
    let or_none = |words: Vec<String>| if words.is_empty() { "none".to_owned() } else { words.join(", ") };
    let names = or_none(outcome.settings.iter().map(|settings| format!("`{}`", settings.name)).collect());
    let seeds = or_none(entry.seeds()?.into_iter().map(|(_, seed)| format!("`{seed}`")).collect());
    line(text, format_args!("- settings: {names}; seeds: {seeds}"));
    // What is in no file of the repository that a reader could open.
    for settings in outcome.settings.iter().filter(|settings| !settings.name.starts_with("experiments/")) {
        settings.text.lines().for_each(|task| line(text, format_args!("  - `{task}`")));
    }
    for file in &outcome.data {
        let verified = match &file.checksum {
            Checksum::Right => "verified",
            Checksum::Wrong { .. } => "**not the published file**",
            Checksum::Unknown => "checksum unknown",
        };
        line(text, format_args!("- data: `{}`, SHA-256 `{}`, {verified}", file.path, file.sha256));
    }
    if entry.is_made() {
        let files: Vec<String> = entry.files.iter().map(|file| format!("[{file}]({file})")).collect();
        line(text, format_args!("- files: {}", files.join(", ")));
    }
    line(text, format_args!(""));
    Ok(())
}

fn missing(text: &mut String, report: &Report<'_>, entries: &[Entry<'_>]) {
    let left_out: Vec<&Entry<'_>> = entries.iter().filter(|entry| !entry.is_made()).collect();
    let not_asked = report.not_asked();
    if left_out.is_empty() && not_asked.is_empty() {
        return;
    }
    line(text, format_args!("## What is not here, and why\n"));
    for entry in left_out {
        line(
            text,
            format_args!("- {}: {}", entry.outcome.item.title(), entry.outcome.note.as_deref().unwrap_or("left out")),
        );
    }
    for item in not_asked {
        line(text, format_args!("- {}: not asked for (`--only {}`)", item.title(), item.name()));
    }
    line(text, format_args!(""));
}
