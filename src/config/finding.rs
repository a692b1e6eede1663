//! A problem with its place in a file, as it is shown to people: of the line only what is no secret. For whoever prints what
//! loading came to; it knows what was read, not what it means.

use super::reader::Problems;
use super::visible::{HIDDEN, OpenSpans, visible};
use crate::lang::{Lang, Problem, Severity, Words as _, shown};
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
    found.into_iter().map(move |(span, problem)| Finding::at(text, path, &span, problem, &open))
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
            line: before.matches('\n').count() + 1,
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
