//! A problem with its place in a file, as it is shown to people: of the line only what is no secret. For whoever prints what
//! loading came to; it knows what was read, not what it means.

use super::reader::Problems;
use super::visible::{HIDDEN, OpenSpans, visible};
use crate::lang::{Lang, Problem, Severity, Words as _, say, shown};
use std::cell::LazyCell;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One problem with its place in the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The file.
    pub path: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// That line's text without what may be a secret; nothing where that cannot be told.
    pub text: String,
    /// The characters of `text` that it is about.
    pub mark: Range<usize>,
    /// What.
    pub problem: Problem,
}

/// All problems of a text in its order.
pub(super) fn findings(
    problems: Problems,
    text: &str,
    path: &Path,
) -> impl Iterator<Item = Finding> {
    let (found, open) = problems.into_sorted();
    let open = LazyCell::new(move || OpenSpans::of(text, open));
    let mut lines = Lines::default();
    found
        .into_iter()
        .map(move |(span, problem)| Finding::at(text, path, &span, problem, &open, &mut lines))
}

/// Counts the lines of a text on the way through it: of many problems each need not count from its beginning.
#[derive(Debug, Default)]
pub(super) struct Lines {
    to: usize,
    ends: usize,
}

impl Lines {
    /// The number of the line, from 1, on which a byte stands.
    fn number(&mut self, text: &str, at: usize) -> usize {
        if at < self.to {
            *self = Self::default();
        }
        let between = text.get(self.to..at).unwrap_or_default();
        self.ends = self.ends.saturating_add(between.matches('\n').count());
        self.to = at;
        self.ends.saturating_add(1)
    }
}

/// So many are shown: who has mended those finds what is left.
const SHOWN: usize = 200;

/// Problems as they are shown to people, the first of many, and how many more there are.
pub fn rendered<'f>(
    findings: impl IntoIterator<Item = &'f Finding>,
    lang: Lang,
) -> impl Iterator<Item = String> {
    let mut findings = findings.into_iter();
    let mut left = SHOWN;
    std::iter::from_fn(move || {
        let found = findings.next()?;
        if left > 0 {
            left -= 1;
            return Some(found.render(lang));
        }
        let more = 1 + findings.by_ref().count();
        Some(say!(
            lang,
            "……另有 {more} 处；先改以上各处，lotgate check --json 列出全部",
            "… and {more} more: mend these first; lotgate check --json lists all"
        ))
    })
}

impl Finding {
    /// A problem with a file as a whole.
    pub(super) fn of_file(path: &Path, problem: Problem) -> Self {
        let (path, text) = (path.to_owned(), String::new());
        Self { path, line: 1, column: 1, text, mark: 0..0, problem }
    }

    /// A problem at some bytes of a file's text.
    pub(super) fn at(
        text: &str,
        path: &Path,
        span: &Range<usize>,
        problem: Problem,
        open: &OpenSpans,
        lines: &mut Lines,
    ) -> Self {
        let start = (0..=span.start.min(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let (shown, mark) = visible(text, line_start, start..span.end.max(start), open);
        Self {
            path: path.to_owned(),
            line: lines.number(text, start),
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            text: shown,
            mark,
            problem,
        }
    }

    /// Whether the configuration cannot be used because of it.
    pub fn is_error(&self) -> bool {
        self.problem.severity() == Severity::Error
    }

    /// Whether `check` refuses the configuration because of it.
    pub fn is_refused(&self) -> bool {
        self.problem.severity() != Severity::Warning
    }

    /// `file:line`
    pub fn place(&self) -> String {
        format!("{}:{}", self.path.display(), self.line)
    }

    /// `file:line:column: error: sentence`, the line, and a mark under the place.
    pub fn render(&self, lang: Lang) -> String {
        let severity = match (self.problem.severity(), lang) {
            (Severity::Error | Severity::Fault, Lang::Zh) => "错误",
            (Severity::Error | Severity::Fault, Lang::En) => "error",
            (Severity::Warning, Lang::Zh) => "警告",
            (Severity::Warning, Lang::En) => "warning",
        };
        let (path, line, column) = (self.path.display().to_string(), self.line, self.column);
        let (path, text) = (shown(&path), self.problem.text(lang));
        let head = format!("{path}:{line}:{column}: {severity}: {text}");
        if self.text.trim().is_empty() {
            return head;
        }
        let gutter = " ".repeat(line.to_string().len());
        let (pad, mark) = (self.width(0..self.mark.start), self.width(self.mark.clone()));
        let (pad, mark) = (" ".repeat(pad), "^".repeat(mark.max(1)));
        let text = shown(&self.text);
        format!("{head}\n {line} | {text}\n {gutter} | {pad}{mark}")
    }

    /// Columns that some characters of the line take on a terminal; wide ones take two.
    fn width(&self, part: Range<usize>) -> usize {
        let part: String = self.text.chars().skip(part.start).take(part.len()).collect();
        let narrow = |c: char| (c as u32) < 0x1100 || c == HIDDEN;
        shown(&part).chars().map(|c| if narrow(c) { 1 } else { 2 }).sum()
    }
}
