//! Every sentence people read, as it stands, in Chinese and English: whoever changes one sees the change,
//! and whoever adds a variant must give an example of it, or this does not compile.
//!
//! What has changed on purpose is taken over with `INSTA_UPDATE=always cargo test --test snapshots`, and read
//! before it is committed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod commands;
mod findings;
mod happenings;
mod mistakes;
mod remarks;

use lotgate::lang::{Lang, Words};
use lotgate::standard::hidden::is_hidden;
use lotgate::standard::sign::WrongSign;
use std::cell::Cell;

/// Examples of all variants of an enum, each with its name; a variant without one does not compile.
macro_rules! examples {
    ($type:ident { $($variant:ident $({ $($field:ident: $value:expr),* $(,)? })? $(($($inner:expr),*))?;)+ }) => {{
        #[allow(unreachable_patterns, reason = "a variant may have several examples")]
        let name = |example: &$type| match example {
            $($type::$variant { .. } => stringify!($variant),)+
        };
        let examples = vec![$($type::$variant $({ $($field: $value),* })? $(($($inner),*))?),+];
        let named = examples.into_iter().map(|example| (name(&example), example));
        named.collect::<Vec<_>>()
    }};
}
pub(crate) use examples;

/// The same of what people at the lot read, once more with texts that are up to no good.
macro_rules! every {
    ($($every:tt)+) => {{
        let make = || crate::examples!($($every)+);
        crate::assert_harmless(&crate::hostile(make));
        make()
    }};
}
pub(crate) use every;

/// What moves a cursor, begins a line, turns one, or is not seen at all.
const HOSTILE: &str = "\r\n2026-07-01 ERROR \u{1b}[2J\u{9b}m\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{2029}\u{e0041}\0\u{7f}";

/// A sign that does not fit.
fn wrong_sign() -> WrongSign {
    let digest = |letter: &str| letter.repeat(40);
    let (wanted, wanted_canonical) = (digest("b"), digest("c"));
    WrongSign {
        came: text("aaaa"),
        wanted,
        wanted_canonical,
        begins: text(r#"[{"chargeInfo":{"received":1E+1"#),
    }
}

thread_local!(static UP_TO_NO_GOOD: Cell<bool> = const { Cell::new(false) });

/// What is made while every text is hostile.
fn hostile<T>(make: impl FnOnce() -> T) -> T {
    UP_TO_NO_GOOD.set(true);
    let made = make();
    UP_TO_NO_GOOD.set(false);
    made
}

/// Sentences are one line each and show whatever stands in them.
fn assert_harmless<W: Words>(examples: &[(&'static str, W)]) {
    for (name, words) in examples {
        for lang in [Lang::Zh, Lang::En] {
            let sentence = words.text(lang);
            assert!(!sentence.trim().is_empty(), "{name} has no words");
            assert!(!sentence.contains(is_hidden), "{name}: {sentence:?}");
        }
    }
}

/// One example's name, what else is to be known of it, and its sentence in both languages.
fn said(name: &str, more: &str, words: &impl Words) -> String {
    let more = if more.is_empty() { String::new() } else { format!("  ({more})") };
    format!("{name}{more}\n  {}\n  {}\n", words.text(Lang::Zh), words.text(Lang::En))
}

/// The same of all examples.
fn all_said<'e, W: Words + 'e>(
    examples: impl IntoIterator<Item = &'e (&'static str, W)>,
) -> String {
    examples.into_iter().map(|(name, words)| said(name, "", words)).collect()
}

/// A text that somebody else wrote.
fn text(text: &str) -> String {
    if UP_TO_NO_GOOD.get() { format!("{text}{HOSTILE}") } else { text.to_owned() }
}

/// Compares with the file of that name, after what differs from run to run has been replaced.
#[track_caller]
fn assert_snapshot(name: &str, shown: &str, replaced: &[(&str, &str)]) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("files");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (pattern, by) in replaced {
        settings.add_filter(pattern, *by);
    }
    settings.bind(|| insta::assert_snapshot!(name, shown));
}
