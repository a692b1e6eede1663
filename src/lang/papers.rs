//! What can be wrong with a paper of an office, and what its columns are called.

use super::{Lang, Words, say};

/// What a column of a paper is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "named for what they are")]
pub enum PaperColumn {
    Plates,
    Spaces,
    SpaceCount,
    Begin,
    End,
    Period,
    Fixed,
    Cycles,
    CycleType,
    Amount,
    Phone,
}

impl PaperColumn {
    /// The field of the booth API that it becomes.
    pub fn field(self) -> &'static str {
        match self {
            Self::Plates => "plateNoList",
            Self::Spaces | Self::SpaceCount => "spaceNoList",
            Self::Begin => "beginDate",
            Self::End | Self::Period => "endDate",
            Self::Fixed => "isFixed",
            Self::Cycles => "cycles",
            Self::CycleType => "cycleType",
            Self::Amount => "amount",
            Self::Phone => "",
        }
    }
}

impl Words for PaperColumn {
    fn text(&self, lang: Lang) -> String {
        let (zh, en) = match self {
            Self::Plates => ("车牌号码", "number plates"),
            Self::Spaces => ("车位号", "numbers of spaces"),
            Self::SpaceCount => ("车位数量", "how many spaces"),
            Self::Begin => ("开始日期", "the first day"),
            Self::End => ("到期日期", "the last day"),
            Self::Period => ("起止日期", "the first and last day"),
            Self::Fixed => ("是否固定车位", "whether certain spaces"),
            Self::Cycles => ("周期数", "how many months or days a price is for"),
            Self::CycleType => ("周期单位", "whether a price is for months or days"),
            Self::Amount => ("金额", "the price in yuan"),
            Self::Phone => ("电话（不导入）", "a phone number (not imported)"),
        };
        say!(lang, "{zh}", "{en}")
    }
}

/// One thing wrong with a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are named for what they hold")]
pub enum PaperProblem {
    /// A spreadsheet's own file.
    Workbook,
    /// A page for browsers, as some systems export under a spreadsheet's name.
    WebPage,
    /// In no encoding that is usual here.
    NoText {
        byte: usize,
    },
    /// Nothing stands in it.
    Empty,
    TooManyRows {
        most: usize,
    },
    /// Most likely a quotation mark that is not closed.
    RowInCell,
    /// No row names columns.
    NoHeading {
        names: String,
    },
    /// A column that must be there.
    ColumnMissing {
        column: PaperColumn,
        names: String,
    },
    /// Two columns for what there can be one of.
    ColumnTwice {
        column: PaperColumn,
        first: String,
        second: String,
    },
    EmptyCell {
        column: PaperColumn,
    },
    NoPlate {
        text: String,
    },
    NoDay {
        text: String,
    },
    /// A day that can be meant in two ways.
    TwoDays {
        text: String,
    },
    NoPeriod {
        text: String,
    },
    NoNumber {
        text: String,
    },
    OutOfRange {
        low: i64,
        high: i64,
    },
    NoAmount {
        text: String,
    },
    NoWord {
        text: String,
        allowed: String,
    },
    /// Digits that a spreadsheet has rounded.
    Rounded {
        text: String,
    },
    /// A spreadsheet's own word for what it could not reckon.
    SheetError {
        text: String,
    },
    /// The number of a space that a spreadsheet took for a date.
    MadeDate {
        text: String,
    },
    /// The same cars stand in another line.
    SameCars {
        line: u64,
    },
}

impl Words for PaperProblem {
    fn text(&self, lang: Lang) -> String {
        match self {
            Self::Workbook => say!(
                lang,
                "这是 Excel 工作簿，不是 CSV；请在 Excel 中“另存为”→“CSV（逗号分隔）”，再导入",
                "this is a spreadsheet's own file; have the spreadsheet save it as CSV and import that"
            ),
            Self::WebPage => say!(
                lang,
                "这是网页（有些系统以 .xls 名义导出），不是 CSV；请用 Excel 打开后“另存为”→“CSV（逗号分隔）”，再导入",
                "this is a web page, as some systems export under the name .xls; open it in a spreadsheet, save it as CSV and import that"
            ),
            Self::NoText { byte } => say!(
                lang,
                "既不是 UTF-8、UTF-16，也不是 GBK 编码（第 {byte} 字节之后）；请在 Excel 中另存为“CSV UTF-8”",
                "it is in none of UTF-8, UTF-16 and GBK (behind byte {byte}); save it as CSV UTF-8"
            ),
            Self::Empty => say!(lang, "文件中没有内容", "nothing stands in it"),
            Self::TooManyRows { most } => say!(
                lang,
                "超过 {most} 行；请分成几个文件导入",
                "it has more than {most} lines; import it in several files"
            ),
            Self::RowInCell => say!(
                lang,
                "单元格里有一行像是另一行数据，可能是引号 \" 没有配对；请把这一格写成一行",
                "a cell holds a line that looks like a row, a quotation mark \" may not be closed; write that cell on one line"
            ),
            Self::NoHeading { names } => say!(
                lang,
                "没有找到表头；请在第一行写明各列名称，例如：{names}",
                "no line names the columns; write a heading, e.g. {names}"
            ),
            Self::ColumnMissing { column, names } => {
                let column = column.text(lang);
                say!(
                    lang,
                    "表头中没有“{column}”一列；请补上，名称例如：{names}",
                    "the heading names no column for {column}; add one, called e.g. {names}"
                )
            }
            Self::ColumnTwice { column, first, second } => {
                let column = column.text(lang);
                say!(
                    lang,
                    "“{first}”和“{second}”两列都像是{column}；请只保留一列",
                    "`{first}` and `{second}` both name {column}; keep one of them"
                )
            }
            Self::EmptyCell { column } => {
                let column = column.text(lang);
                say!(lang, "{column}为空", "{column} is missing")
            }
            Self::NoPlate { text } => say!(
                lang,
                "“{text}”不是有效的车牌号码，例如 粤B12345",
                "`{text}` is no number plate; write one such as 粤B12345"
            ),
            Self::NoDay { text } => say!(
                lang,
                "“{text}”不是日期，例如 2026-01-05",
                "`{text}` is no date; write one such as 2026-01-05"
            ),
            Self::TwoDays { text } => say!(
                lang,
                "“{text}”无法确定是哪一天；请写成 年-月-日，例如 2026-01-05",
                "`{text}` may mean more than one day; write year, month, day, e.g. 2026-01-05"
            ),
            Self::NoPeriod { text } => say!(
                lang,
                "“{text}”不是起止日期，例如 2026-01-01 至 2026-12-31",
                "`{text}` is no period; write two dates, e.g. 2026-01-01 至 2026-12-31"
            ),
            Self::NoNumber { text } => {
                say!(lang, "“{text}”不是整数", "`{text}` is no whole number")
            }
            Self::OutOfRange { low, high } => {
                say!(lang, "应在 {low} 到 {high} 之间", "it must be between {low} and {high}")
            }
            Self::NoAmount { text } => say!(
                lang,
                "“{text}”不是金额（元，最多两位小数）",
                "`{text}` is no amount in yuan with at most two decimals"
            ),
            Self::NoWord { text, allowed } => say!(
                lang,
                "“{text}”无法识别，只能是 {allowed}",
                "`{text}` is not known here; write one of {allowed}"
            ),
            Self::Rounded { text } => say!(
                lang,
                "“{text}”已被 Excel 改成科学计数，原来的数字丢失；请把该列设为“文本”后重新填写",
                "`{text}` was rounded by the spreadsheet and its digits are lost; make the column text and write it again"
            ),
            Self::SheetError { text } => say!(
                lang,
                "“{text}”是表格公式的错误值；请改正公式或重新填写",
                "`{text}` is a spreadsheet's error; mend its formula or write the value"
            ),
            Self::MadeDate { text } => say!(
                lang,
                "“{text}”像是 Excel 把编号改成了日期；请把该列设为“文本”后重新填写",
                "`{text}` looks like a number that the spreadsheet took for a date; make the column text and write it again"
            ),
            Self::SameCars { line } => say!(
                lang,
                "与第 {line} 行的车牌相同；请只保留一行",
                "the same cars as in line {line}; keep one of them"
            ),
        }
    }
}
