//! A table out of text: what stands between its cells is found by where its heading can be read. For the papers beside it and
//! for tables that a configuration names; it knows no column.

use super::Misprint;
use crate::foreign::text::{NoText, of_file};
use crate::lang::PaperProblem;
use crate::standard::hidden::is_hidden;
use std::borrow::Cow;

/// What may stand between cells, the usual first.
const SEPARATORS: [char; 6] = [',', '\t', ';', '，', '；', '|'];
/// What stands for one of several bytes while it is read; no text has it.
const STAND_IN: u8 = 0x1f;
/// Rows of one paper.
const MOST_ROWS: usize = 20_000;
/// Cells of a row that are looked at.
const MOST_CELLS: usize = 200;
/// So many characters of a cell are read; whoever wrote more wrote a remark.
const LONGEST_CELL: usize = 500;
/// A heading stands in one of so many rows, or there is none.
const HEADING_WITHIN: usize = 30;

/// A row in which something stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file at which it begins, from 1.
    pub line: u64,
    /// Its cells, without what spreadsheets put around them.
    pub cells: Vec<String>,
}

impl Row {
    /// A cell; nothing where the row ends before it.
    pub fn cell(&self, at: usize) -> &str {
        self.cells.get(at).map_or("", String::as_str)
    }
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// What the file is saved as.
    pub encoding: &'static str,
    /// What stands between its cells.
    pub separator: char,
    /// Its rows in which something stands.
    pub rows: Vec<Row>,
    /// Which of them is the heading, where one was found.
    pub heading: Option<usize>,
}

/// Reads a file whose heading is the row that `heading` values most; 0 is none.
pub fn sheet_under(bytes: &[u8], heading: impl Fn(&Row) -> usize) -> Result<Sheet, Misprint> {
    if let Some(problem) = of_another_kind(bytes) {
        return Err(Misprint::of_paper(problem));
    }
    let file = of_file(bytes).map_err(|error| no_text(bytes, &error))?;
    let text = with_plain_lines(&file.text);
    let (said, first_line) = separator_said(&text);
    let read = |separator| rows(&text, separator, first_line, HEADING_WITHIN);
    let value = |separator: &char| {
        let (rows, _) = read(*separator);
        rows.iter().map(&heading).max().unwrap_or(0)
    };
    let of_all = || best(SEPARATORS.into_iter(), value).unwrap_or(',');
    let separator = said.unwrap_or_else(of_all);
    let (rows, broken) = rows(&text, separator, first_line, MOST_ROWS + 1);
    if let Some(misprint) = broken {
        return Err(misprint);
    }
    if rows.len() > MOST_ROWS {
        return Err(Misprint::of_paper(PaperProblem::TooManyRows { most: MOST_ROWS }));
    }
    let found = best(0..rows.len().min(HEADING_WITHIN), |at| rows.get(*at).map_or(0, &heading));
    let heading = found.filter(|at| rows.get(*at).is_some_and(|row| heading(row) > 0));
    Ok(Sheet { encoding: file.encoding, separator, rows, heading })
}

/// The first of those with the greatest value.
fn best<T>(of: impl Iterator<Item = T>, value: impl Fn(&T) -> usize) -> Option<T> {
    let valued = of.map(|one| (value(&one), one));
    let first = |best: (usize, T), next: (usize, T)| if next.0 > best.0 { next } else { best };
    valued.reduce(first).map(|(_, one)| one)
}

/// What people send in place of a table as text.
fn of_another_kind(bytes: &[u8]) -> Option<PaperProblem> {
    const WORKBOOKS: [&[u8]; 2] = [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"];
    if WORKBOOKS.iter().any(|kind| bytes.starts_with(kind)) {
        return Some(PaperProblem::Workbook);
    }
    let head = bytes.get(..bytes.len().min(64)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim().to_lowercase();
    let pages = ["<html", "<!doctype", "<table", "<?xml", "<meta"];
    pages.iter().any(|page| head.starts_with(page)).then_some(PaperProblem::WebPage)
}

/// The line of a file that nothing reads, up to which it can be read.
fn no_text(bytes: &[u8], error: &NoText) -> Misprint {
    let byte = match error {
        NoText::UnknownEncoding(byte) => *byte,
        // A file is unpacked by nobody.
        NoText::BadlyPacked | NoText::TooLarge(_) => 0,
    };
    let before = String::from_utf8_lossy(bytes.get(..byte).unwrap_or_default());
    let ends = with_plain_lines(&before).matches('\n').count();
    let line = u64::try_from(ends).unwrap_or(u64::MAX).saturating_add(1);
    Misprint { line, column: 1, problem: PaperProblem::NoText { byte } }
}

/// Every end of a line as one character, so that lines count as in an editor.
fn with_plain_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// What a first line `sep=;` says, as Excel reads it, and the line at which the table begins.
fn separator_said(text: &str) -> (Option<char>, u64) {
    let said = text.get(..4).filter(|head| head.eq_ignore_ascii_case("sep="));
    let mut rest = said.and_then(|_| text.get(4..)).unwrap_or_default().chars();
    match (rest.next(), rest.next()) {
        (Some(separator), None | Some('\n')) if SEPARATORS.contains(&separator) => {
            (Some(separator), 2)
        }
        _ => (None, 1),
    }
}

/// The rows from a line on, so many at most, and what ends them before the end of the file.
fn rows(text: &str, separator: char, from: u64, most: usize) -> (Vec<Row>, Option<Misprint>) {
    let (table, byte) = match u8::try_from(separator) {
        Ok(byte) if separator.is_ascii() => (Cow::Borrowed(text), byte),
        _ => (Cow::Owned(text.replace(separator, "\u{1f}")), STAND_IN),
    };
    let mut found = Vec::new();
    let mut records = Records::of(&table, byte);
    for (line, cells) in records.by_ref().filter(|(line, _)| *line >= from) {
        let cells = cells.iter().take(MOST_CELLS);
        let cells: Vec<String> = cells.map(|cell| bare(cell, separator)).collect();
        if cells.iter().any(|cell| !cell.is_empty()) {
            found.push(Row { line, cells });
        }
        if found.len() >= most {
            break;
        }
    }
    let of_place = |(line, column)| Misprint { line, column, problem: PaperProblem::RowInCell };
    (found, records.unclear.map(of_place))
}

/// The rows of a text, one after the other: the line at which each begins, and its cells.
struct Records<'t> {
    table: &'t str,
    separator: u8,
    /// Where the next one begins.
    at: usize,
    line: u64,
    /// The most cells of a row so far.
    widest: usize,
    /// The row, by its line, and the cell of it that is sound and holds what looks like a row: nobody can tell whether it was
    /// meant, and nothing behind it is read.
    unclear: Option<(u64, usize)>,
}

impl Iterator for Records<'_> {
    type Item = (u64, csv::StringRecord);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (line, row) = (self.line, self.row()?);
            if !row.is_empty() {
                self.widest = self.widest.max(row.len());
                return Some((line, row));
            }
        }
    }
}

impl Records<'_> {
    fn of(table: &str, separator: u8) -> Records<'_> {
        Records { table, separator, at: 0, line: 1, widest: 0, unclear: None }
    }

    /// Goes over the next row; none behind the last. A line on which nothing stands has no cell.
    fn row(&mut self) -> Option<csv::StringRecord> {
        let rest = self.table.get(self.at..).filter(|rest| !rest.is_empty())?;
        let whole = self.whole_row(rest);
        if self.unclear.is_some() {
            return None;
        }
        let end = whole.or_else(|| rest.find('\n')).unwrap_or(rest.len());
        let row = rest.get(..end).unwrap_or_default();
        // Quotation marks that are no pairs are letters.
        let quoting = whole.is_some() || row.matches('"').count().is_multiple_of(2);
        self.at = self.at.saturating_add(end).saturating_add(1);
        let lines = row.matches('\n').count().saturating_add(1);
        self.line = self.line.saturating_add(u64::try_from(lines).unwrap_or(u64::MAX));
        let is_blank = |byte: u8| byte == self.separator || matches!(byte, b' ' | b'\t');
        if row.bytes().all(is_blank) {
            // Spreadsheets save hundreds of thousands of them.
            return Some(csv::StringRecord::new());
        }
        let mut reader = csv::ReaderBuilder::new();
        let reader = reader.has_headers(false).flexible(true).delimiter(self.separator);
        let reader = reader.quoting(quoting).buffer_capacity(row.len().max(1));
        // It is text, and of any shape: nothing is left to go wrong.
        let read = reader.from_reader(row.as_bytes()).into_records().find_map(Result::ok);
        Some(read.unwrap_or_default())
    }

    /// Where the row at the beginning of `rest` ends, whose cells may be of several lines: each cell in quotation marks closes
    /// its own, and nothing stands behind them. None where a mark that nobody closes, or only another such one lines below,
    /// would make one cell of rows.
    fn whole_row(&mut self, rest: &str) -> Option<usize> {
        let bytes = rest.as_bytes();
        let mut at = 0;
        for column in 1.. {
            let mut cell = "";
            let end = if bytes.get(at) == Some(&b'"') {
                let close = closing_mark(bytes, at)?;
                cell = rest.get(at..close)?;
                close + 1
            } else {
                let ends = |byte: &u8| [b'\n', self.separator].contains(byte);
                let length = bytes.get(at..)?.iter().position(ends);
                length.map_or(bytes.len(), |length| at + length)
            };
            let next = bytes.get(end).copied();
            if next.is_some_and(|byte| byte != b'\n' && byte != self.separator) {
                return None;
            }
            if cell.split('\n').skip(1).any(|line| self.is_row(line)) {
                self.unclear = Some((self.line, column));
                return None;
            }
            if next != Some(self.separator) {
                return Some(end);
            }
            at = end + 1;
        }
        None
    }

    /// Whether a line of a cell looks like a row of the table. One comma stands in many a remark.
    fn is_row(&self, line: &str) -> bool {
        let cells = line.bytes().filter(|byte| *byte == self.separator).count() + 1;
        self.widest > 2 && cells >= self.widest
    }
}

/// Bytes of a cell in quotation marks; whoever wrote longer ones meant something else.
const LONGEST_QUOTED: usize = 16 << 10;

/// The mark that closes the cell which the one at `open` opens; two of them are a letter.
fn closing_mark(bytes: &[u8], open: usize) -> Option<usize> {
    let within = bytes.get(..bytes.len().min(open + LONGEST_QUOTED))?;
    let mut at = open + 1;
    loop {
        at += within.get(at..)?.iter().position(|byte| *byte == b'"')?;
        if within.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// A cell without what stands around it: white space, what nobody sees, and the marks by which people and programs keep a
/// spreadsheet from taking a text for a number (`="…"`, `'`).
fn bare(cell: &str, separator: char) -> String {
    let cell = cell.replace('\u{1f}', separator.encode_utf8(&mut [0; 4]));
    let around = |letter: char| letter.is_whitespace() || (is_hidden(letter));
    let text = cell.trim_matches(around);
    let formula = text.strip_prefix('=').map(str::trim_start);
    let quoted = formula.and_then(|rest| rest.strip_prefix('"')?.strip_suffix('"'));
    let text = quoted.map_or(text, |text| text.trim_matches(around));
    let text = text.strip_prefix('\'').unwrap_or(text).replace("\"\"", "\"");
    if text.len() > LONGEST_CELL { text.chars().take(LONGEST_CELL).collect() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::GBK;
    use proptest::prelude::*;

    fn sheet(bytes: &[u8]) -> Sheet {
        let named = |row: &Row| row.cells.iter().filter(|cell| cell.contains("牌")).count();
        let more = |row: &Row| if named(row) > 0 { row.cells.len() } else { 0 };
        sheet_under(bytes, more).unwrap()
    }

    #[test]
    fn cells_are_the_same_whatever_stands_between_them() {
        for separator in SEPARATORS {
            let text = format!("车牌{separator}日期\n粤B12345{separator}2026/1/5\n");
            let read = sheet(text.as_bytes());
            assert_eq!((read.separator, read.heading), (separator, Some(0)), "{text}");
            assert_eq!(read.rows[1].cells, ["粤B12345", "2026/1/5"], "{text}");
        }
        let said = sheet("sep=|\n车牌|日,期,与,更,多\n".as_bytes());
        assert_eq!((said.separator, said.rows[0].line), ('|', 2));
    }

    #[test]
    fn lines_count_as_in_an_editor_and_cells_lose_what_is_put_around_them() {
        let text = "登记表,\r\n\r\n车牌,备注\r\n\"粤B12345\",\"两\r\n行\"\r\n=\"粤B00001\",'0755\r\n\r\n,\r\n粤B 00002\t,\"=\"\"0012\"\"\"\r\n,,,\r\n";
        let read = sheet(GBK.encode(text).0.as_ref());
        assert_eq!((read.encoding, read.heading), ("GBK", Some(1)));
        let shown: Vec<_> = read.rows.iter().map(|row| (row.line, row.cells.join("|"))).collect();
        let wanted = [
            (1, "登记表|"),
            (3, "车牌|备注"),
            (4, "粤B12345|两\n行"),
            (6, "粤B00001|0755"),
            (9, "粤B 00002|0012"),
        ];
        assert_eq!(shown, wanted.map(|(line, cells)| (line, cells.to_owned())));
        let mac = sheet("车牌,备注\r粤B12345,1\r".as_bytes());
        assert_eq!(mac.rows[1].line, 2);
    }

    #[test]
    fn a_quotation_mark_that_is_not_closed_swallows_no_rows() {
        let shown = |text: &str| -> Vec<String> {
            let rows = sheet(text.as_bytes()).rows.into_iter();
            rows.map(|row| format!("{} {}", row.line, row.cells.join("|"))).collect()
        };
        for separator in SEPARATORS {
            // To the end of the file, or to the next one of its kind.
            for (second, fourth) in [("\"挡住消防门", "无"), ("\"挡住", "\"又一个")] {
                let text = format!(
                    "车牌,备注\n粤B00001,{second}\n粤B00002,\"好,的\"\n粤B00003,{fourth}\n粤B00004,无\n"
                );
                let wanted = [
                    "1 车牌|备注".to_owned(),
                    format!("2 粤B00001|{second}"),
                    "3 粤B00002|好,的".replace(',', &separator.to_string()),
                    format!("4 粤B00003|{fourth}"),
                    "5 粤B00004|无".to_owned(),
                ];
                assert_eq!(shown(&text.replace(',', &separator.to_string())), wanted);
            }
        }
        assert_eq!(shown("车牌\n\"粤B00001\n粤B00002\n"), ["1 车牌", "2 \"粤B00001", "3 粤B00002"]);
        let of_lines = "车牌,层,备注\n粤B00001,1,\"两,\n行\n\"\n粤B00002,2,\"三\n四\"\n";
        assert_eq!(
            shown(of_lines),
            ["1 车牌|层|备注", "2 粤B00001|1|两,\n行", "5 粤B00002|2|三\n四"]
        );
    }

    #[test]
    fn a_sound_cell_of_several_lines_is_one_whatever_else_stands_in_the_table() {
        let shown = |text: &str| -> Vec<String> {
            let rows = sheet(text.as_bytes()).rows.into_iter();
            rows.map(|row| format!("{} {}", row.line, row.cells.join("|"))).collect()
        };
        assert_eq!(
            shown("车牌,备注\n粤B00001,\"第一行\n第二行,说明\"\n粤B00002,无\n"),
            ["1 车牌|备注", "2 粤B00001|第一行\n第二行,说明", "4 粤B00002|无"]
        );
        assert_eq!(shown("车牌\n\"粤B00001\n(备)\"\n粤B00002\n").len(), 3);
        let long = format!(
            "车牌,备注\n粤B00001,\"{}\"\n粤B00002,{}\n",
            "两\n".repeat(400),
            "长".repeat(501)
        );
        let cells: Vec<_> = sheet(long.as_bytes())
            .rows
            .into_iter()
            .map(|row| row.cells[1].chars().count())
            .collect();
        assert_eq!(cells, [2, 500, 500], "a long remark costs no row");
        // A mark as a letter, and one that nobody closes, cost nothing else.
        assert_eq!(
            shown("车牌,备注\n粤B00001,5\" 地锁\n粤B00002,\"两\n行\"\n粤B00003,\"开\n粤B00004,无"),
            [
                "1 车牌|备注",
                "2 粤B00001|5\" 地锁",
                "3 粤B00002|两\n行",
                "5 粤B00003|\"开",
                "6 粤B00004|无"
            ]
        );
    }

    #[test]
    fn of_a_list_without_an_end_no_more_is_read_than_is_taken() {
        let endless = "1\n".repeat(1 << 20);
        let mut records = Records::of(&endless, b',');
        assert!(records.by_ref().take(10).all(|(_, cells)| cells.len() == 1));
        assert_eq!((records.at, records.line), (20, 11));
        let open = "\"1\n".repeat(1 << 20);
        let problem = sheet_under(open.as_bytes(), |_| 1).unwrap_err().problem;
        assert!(matches!(problem, PaperProblem::TooManyRows { .. }));
    }

    #[test]
    fn what_is_no_table_as_text_is_named_for_what_it_is() {
        let problem = |bytes: &[u8]| sheet_under(bytes, |_| 1).unwrap_err().problem;
        assert_eq!(problem(b"PK\x03\x04\x14\0"), PaperProblem::Workbook);
        assert_eq!(problem(b"\xd0\xcf\x11\xe0\xa1\xb1"), PaperProblem::Workbook);
        assert_eq!(problem(b"\xef\xbb\xbf <HTML xmlns:x"), PaperProblem::WebPage);
        assert_eq!(problem(b"ab\xff\xff"), PaperProblem::NoText { byte: 2 });
        let spoilt = sheet_under(b"\xb3\xb5\xc5\xc6\r\nA\r\n\xd4\xc1\xff\r\n", |_| 1).unwrap_err();
        assert_eq!((spoilt.line, spoilt.problem), (3, PaperProblem::NoText { byte: 11 }));
        let row = "车牌,到期,备注\n粤B12345,2026/1/5,\"原车：\n粤B69999,2026/1/4,已退\"\n";
        let misprint = sheet_under(row.as_bytes(), |_| 1).unwrap_err();
        assert_eq!((misprint.line, misprint.column), (2, 3));
        assert_eq!(misprint.problem, PaperProblem::RowInCell);
        let long = "1\n".repeat(MOST_ROWS + 1);
        assert!(matches!(problem(long.as_bytes()), PaperProblem::TooManyRows { .. }));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[-,;|，\t\r\n\"'=a车牌1]{0,80}") {
            let _ = sheet_under(&bytes, |row| row.cells.len());
            let _ = sheet_under(text.as_bytes(), |row| row.cells.len());
        }
    }
}
