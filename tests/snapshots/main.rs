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

/// Examples of all variants of an enum, each with its name; a variant without one does not compile.
macro_rules! every {
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
pub(crate) use every;

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

fn text(text: &str) -> String {
    text.to_owned()
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
