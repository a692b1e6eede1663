//! What the columns of a paper are, by their headings: the words that offices use for them. It knows no meaning of a cell.

use super::sheet::{Row, Sheet, sheet_under};
use super::{Misprint, Paper};
use crate::foreign::text::half_width;
use crate::lang::{PaperColumn, PaperProblem};

/// A column that a paper may have.
pub(super) struct KnownColumn {
    pub(super) column: PaperColumn,
    /// Whether there may be several of it.
    pub(super) several: bool,
    /// What it is called, as `plain` has it.
    pub(super) names: &'static [&'static str],
}

/// What a column of plates is called.
pub(super) const PLATES: &[&str] = &[
    "platenolist",
    "plates",
    "plate",
    "plateno",
    "platenumber",
    "platenumbers",
    "licenseplate",
    "licenceplate",
    "licenseno",
    "carno",
    "carplate",
    "vehicleno",
    "registration",
    "车牌",
    "车牌号",
    "车牌号码",
    "车牌照",
    "车牌列表",
    "车牌号列表",
    "车号",
    "牌照",
    "牌照号",
    "牌照号码",
    "号牌",
    "号牌号码",
    "车辆号牌",
    "号码牌",
    "牌号",
    "副车牌",
    "第二车牌",
];

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
    let mut below = rows.split_off(at + 1);
    let mut row = rows.pop().unwrap_or(Row { line: 1, cells: Vec::new() });
    // What is merged above two columns is told apart in the row below it.
    if let Some(above) = rows.last() {
        row = over(&row, above, known);
    }
    let names = |row: &&Row| {
        let mut named = row.cells.iter().filter(|cell| !cell.is_empty());
        named.all(|cell| taken_for(cell, known).is_some())
    };
    if let Some(second) = below.first().filter(names).cloned() {
        row = Row { line: row.line, ..over(&second, &row, known) };
        below.remove(0);
    }
    let columns = columns(&row, known)?;
    let layout = Layout { encoding, separator, heading_line: Some(row.line), columns };
    Ok(Headed { layout, rows: below })
}

/// A row of headings, and where it has none those of the row above.
fn over(row: &Row, above: &Row, known: &[KnownColumn]) -> Row {
    let cells = (0..row.cells.len().max(above.cells.len())).map(|at| {
        let (own, upper) = (row.cell(at), above.cell(at));
        let takes = own.is_empty() && taken_for(upper, known).is_some();
        if takes { upper.to_owned() } else { own.to_owned() }
    });
    Row { line: row.line, cells: cells.collect() }
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
    // 有效期（起） is another column than 有效期（止）, and 车牌（必填） the same as 车牌.
    let whole = plain(&heading.replace(BRACKETS, ""));
    if let Some(known) = named(&whole) {
        return Some(known.column);
    }
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

const BRACKETS: [char; 8] = ['(', ')', '（', '）', '[', ']', '【', '】'];

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
            "（车牌）",
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
        for other in ["", "备注", "车牌颜色", "到期日期2"] {
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
        let merged =
            headed("车牌,备注,有效期,\n,,到期日期,电话\n1,2,3,4\n".as_bytes(), KNOWN).unwrap();
        let taken: Vec<_> = merged.layout.columns.iter().map(|column| column.taken_for).collect();
        let wanted =
            [Some(PaperColumn::Plates), None, Some(PaperColumn::End), Some(PaperColumn::Phone)];
        assert_eq!((taken.as_slice(), merged.rows.len()), (wanted.as_slice(), 1));
        let none = headed("粤B12345,1\n".as_bytes(), KNOWN).unwrap();
        assert_eq!((none.layout.heading_line, none.rows.len()), (None, 1));
    }
}
