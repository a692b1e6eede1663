//! What the columns of a paper are, by their headings: the words that offices use for them. It knows no meaning of a cell.

use super::sheet::{Row, Sheet, sheet_under};
use super::{Misprint, Paper};
use crate::lang::{PaperColumn, PaperProblem};

/// A column that a paper may have.
pub(super) struct KnownColumn {
    pub(super) column: PaperColumn,
    /// Whether there may be several of it.
    pub(super) several: bool,
    /// What it is called, as `plain` has it.
    pub(super) names: &'static [&'static str],
}

/// A column of a paper and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenColumn {
    /// Its heading as it stands there.
    pub heading: String,
    /// What for; none where it is of no use here.
    pub taken_for: Option<PaperColumn>,
}

/// How a paper was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// What the file is saved as.
    pub encoding: &'static str,
    /// What stands between its cells.
    pub separator: char,
    /// The line of its heading; none where it has none.
    pub heading_line: Option<u64>,
    /// Its columns in their order.
    pub columns: Vec<TakenColumn>,
}

impl Layout {
    /// The columns taken for something, counted from 0.
    pub(super) fn of(&self, column: PaperColumn) -> impl Iterator<Item = usize> + '_ {
        let taken = self.columns.iter().enumerate();
        taken.filter(move |(_, one)| one.taken_for == Some(column)).map(|(at, _)| at)
    }

    /// The first of them.
    pub(super) fn first(&self, column: PaperColumn) -> Option<usize> {
        self.of(column).next()
    }

    /// The number of the first of them as people count, from 1.
    pub fn number_of(&self, column: PaperColumn) -> Option<usize> {
        self.first(column).map(|at| at + 1)
    }
}

/// A table and what its columns were taken for; its rows are those below the heading.
pub(super) struct Headed {
    pub(super) layout: Layout,
    pub(super) rows: Vec<Row>,
}

impl Headed {
    /// What comes of it before its rows were looked at.
    pub(super) fn paper<T>(&self) -> Paper<T> {
        Paper {
            layout: self.layout.clone(),
            lines: Vec::new(),
            misprints: Vec::new(),
            passed_over: Vec::new(),
        }
    }
}

/// Reads a file under the heading that names most of the known columns.
pub(super) fn headed(bytes: &[u8], known: &[KnownColumn]) -> Result<Headed, Misprint> {
    let value = |row: &Row| {
        let mut taken: Vec<_> =
            row.cells.iter().filter_map(|cell| taken_for(cell, known)).collect();
        taken.sort_unstable();
        taken.dedup();
        taken.len()
    };
    let Sheet { encoding, separator, mut rows, heading } = sheet_under(bytes, value)?;
    if rows.is_empty() {
        return Err(Misprint::of_paper(PaperProblem::Empty));
    }
    let Some(at) = heading else {
        return Ok(Headed {
            layout: Layout { encoding, separator, heading_line: None, columns: Vec::new() },
            rows,
        });
    };
    let below = rows.split_off(at + 1);
    let row = rows.pop().unwrap_or(Row { line: 1, cells: Vec::new() });
    let columns = columns(&row, known)?;
    Ok(Headed {
        layout: Layout { encoding, separator, heading_line: Some(row.line), columns },
        rows: below,
    })
}

fn columns(row: &Row, known: &[KnownColumn]) -> Result<Vec<TakenColumn>, Misprint> {
    let mut columns: Vec<TakenColumn> = Vec::new();
    for (at, heading) in row.cells.iter().enumerate() {
        let taken_for = taken_for(heading, known);
        let alone = known.iter().any(|one| Some(one.column) == taken_for && !one.several);
        let before = columns.iter().find(|one| alone && one.taken_for == taken_for);
        if let (Some(column), Some(first)) = (taken_for, before) {
            let (first, second) = (first.heading.clone(), heading.clone());
            let problem = PaperProblem::ColumnTwice { column, first, second };
            return Err(Misprint { line: row.line, column: at + 1, problem });
        }
        columns.push(TakenColumn { heading: heading.clone(), taken_for });
    }
    Ok(columns)
}

/// What a heading stands for.
fn taken_for(heading: &str, known: &[KnownColumn]) -> Option<PaperColumn> {
    let named = |plain: &str| known.iter().find(|one| one.names.contains(&plain));
    let plain = plain(heading);
    if plain.is_empty() {
        return None;
    }
    let counted = plain
        .trim_end_matches(|letter: char| letter.is_ascii_digit() || "一二三四五".contains(letter));
    let several = || named(counted).filter(|one| one.several);
    let owned = || OF_WHOM.iter().find_map(|whose| named(plain.strip_prefix(whose)?));
    named(&plain).or_else(several).or_else(owned).map(|one| one.column)
}

/// What stands before a name and says nothing that counts here.
const OF_WHOM: [&str; 19] = [
    "月租车",
    "月租",
    "月卡",
    "包月",
    "租约",
    "租赁",
    "租用",
    "合同",
    "停车",
    "固定车",
    "车辆",
    "车主",
    "业主",
    "租户",
    "住户",
    "用户",
    "客户",
    "本期",
    "登记",
];

/// A heading without what is put around a word: white space, brackets with what stands in them, marks; in small letters.
fn plain(heading: &str) -> String {
    let mut depth = 0_u32;
    let mut plain = String::new();
    for letter in heading.chars() {
        match letter {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 && letter.is_alphanumeric() => {
                plain.extend(half_width(letter).to_lowercase());
            }
            _ => {}
        }
    }
    plain
}

fn half_width(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(letter as u32 - 0xff01 + 0x21).unwrap_or(letter),
        letter => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[KnownColumn] = &[
        KnownColumn { column: PaperColumn::Plates, several: true, names: &["车牌", "plate"] },
        KnownColumn { column: PaperColumn::End, several: false, names: &["到期日期"] },
        KnownColumn { column: PaperColumn::Phone, several: false, names: &["电话"] },
    ];

    #[test]
    fn a_heading_is_known_by_its_word_whatever_is_put_around_it() {
        for heading in [
            "车牌",
            " 车 牌 ",
            "车牌*",
            "车牌（必填）",
            "【车牌】车牌",
            "PLATE",
            "ｐｌａｔｅ",
            "Plate:",
            "车牌2",
            "车牌二",
            "车主车牌",
        ] {
            assert_eq!(taken_for(heading, KNOWN), Some(PaperColumn::Plates), "{heading}");
        }
        assert_eq!(taken_for("车主电话", KNOWN), Some(PaperColumn::Phone));
        for other in ["", "备注", "（车牌）", "车牌颜色", "到期日期2"] {
            assert_eq!(taken_for(other, KNOWN), None, "{other}");
        }
    }

    #[test]
    fn a_heading_below_a_title_is_found_and_one_that_names_a_column_twice_is_not_guessed_at() {
        let read =
            headed("2026 年月租车牌表\n,,\n到期日期,车牌,备注,车牌2\n1,2,3,4\n".as_bytes(), KNOWN)
                .unwrap();
        assert_eq!((read.layout.heading_line, read.rows.len()), (Some(3), 1));
        assert_eq!(read.layout.of(PaperColumn::Plates).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(read.layout.number_of(PaperColumn::End), Some(1));
        let twice = headed("到期日期,车牌,到期日期\n".as_bytes(), KNOWN).err().unwrap();
        assert_eq!((twice.line, twice.column), (1, 3));
        let none = headed("粤B12345,1\n".as_bytes(), KNOWN).unwrap();
        assert_eq!((none.layout.heading_line, none.rows.len()), (None, 1));
    }
}
