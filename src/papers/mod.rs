//! Papers as offices have them: tables that come out of a spreadsheet as text, in whatever encoding it saved them, with
//! whatever between the cells, under a heading in Chinese or English. For everything that imports a list. Pure: bytes become
//! lines of what is meant, or a place and what is wrong there; who carries them out is not its business.

mod cells;
mod columns;
mod leases;
mod plates;
mod sheet;

pub use cells::{is_remark, spoilt};
pub use columns::{Layout, TakenColumn};
pub use leases::{LeaseLine, leases};
pub use plates::plates;
pub use sheet::{Row, Sheet, sheet_under};

use crate::lang::PaperProblem;

/// Something wrong at a place of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misprint {
    /// The line of the file, from 1.
    pub line: u64,
    /// The cell in its line, from 1, as a spreadsheet counts its columns.
    pub column: usize,
    /// What.
    pub problem: PaperProblem,
}

impl Misprint {
    /// Something wrong with the paper as a whole.
    pub(crate) fn of_paper(problem: PaperProblem) -> Self {
        Self { line: 1, column: 1, problem }
    }
}

/// What a paper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper<T> {
    /// How it was read.
    pub layout: Layout,
    /// Its lines that can be taken, each with its number in the file.
    pub lines: Vec<(u64, T)>,
    /// What is wrong in the others.
    pub misprints: Vec<Misprint>,
    /// Lines that say nothing that is asked for: sums, remarks.
    pub passed_over: Vec<u64>,
}
