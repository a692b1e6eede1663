//! A list of plates: those of the cars that stand there, as somebody wrote them down on a walk. With a heading or without.

use super::cells;
use super::columns::{Headed, KnownColumn, PLATES, headed};
use super::{Misprint, Paper};
use crate::lang::{PaperColumn, PaperProblem};
use crate::standard::plate::PlateNo;

const KNOWN: &[KnownColumn] =
    &[KnownColumn { column: PaperColumn::Plates, several: true, names: PLATES }];

/// Reads a list of plates. Without a heading every cell in which something stands is one.
pub fn plates(bytes: &[u8]) -> Result<Paper<Vec<PlateNo>>, Misprint> {
    let headed = headed(bytes, KNOWN)?;
    let mut paper = headed.paper();
    let Headed { layout, rows } = headed;
    let bare = layout.heading_line.is_none();
    for row in &rows {
        let all = 0..row.cells.len();
        let cells: Vec<usize> =
            if bare { all.collect() } else { layout.of(PaperColumn::Plates).collect() };
        let mut plates = Vec::new();
        for at in cells {
            match cells::plates(row.cell(at)) {
                Ok(found) => plates.extend(found),
                Err(_) if cells::is_remark(row) => {}
                Err(problem) => {
                    paper.misprints.push(Misprint { line: row.line, column: at + 1, problem });
                }
            }
        }
        if plates.is_empty() {
            paper.passed_over.push(row.line);
        } else {
            paper.lines.push((row.line, plates));
        }
    }
    if paper.lines.is_empty() && paper.misprints.is_empty() {
        return Err(Misprint::of_paper(PaperProblem::Empty));
    }
    Ok(paper)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<String>, Vec<(u64, usize)>) {
        let paper = plates(encoding_rs::GBK.encode(text).0.as_ref()).unwrap();
        let found = paper.lines.iter().flat_map(|(_, plates)| plates);
        let places = paper.misprints.iter().map(|one| (one.line, one.column));
        (found.map(ToString::to_string).collect(), places.collect())
    }

    #[test]
    fn plates_are_those_of_their_column_or_all_where_there_is_no_heading() {
        let wanted = vec!["粤B12345".to_owned(), "粤B00001".to_owned(), "无A0001".to_owned()];
        for text in [
            "粤B12345\n粤B00001\n无A0001\n",
            "粤B12345,粤B00001\r\n\r\n无A0001\r\n",
            "粤B12345 粤 B00001、无A0001",
            "盘点表,,\n序号,车牌号码,位置\n1,粤B12345,A1\n2,粤B·00001,\n3,无A0001,B2\n",
            "plate\n粤B12345\n粤B00001\n无A0001",
        ] {
            assert_eq!(read(text), (wanted.clone(), vec![]), "{text}");
        }
        let (found, wrong) = read("车牌,备注\n粤B12345,\n看不清,后排\n,空\n");
        assert_eq!((found, wrong), (vec!["粤B12345".to_owned()], vec![(3, 1)]));
        for text in [
            "序号,车牌\n1,粤B12345\n合计,1辆\n",
            "粤B12345\n合计：1\n",
            "车牌\n粤B12345\n共 1 辆\n",
            "粤B12345\ntotal 1",
        ] {
            let paper = plates(text.as_bytes()).unwrap();
            let (found, wrong) = read(text);
            assert_eq!((found, wrong), (vec!["粤B12345".to_owned()], vec![]), "{text}");
            assert_eq!(paper.passed_over.len(), 1, "{text}");
        }
        for text in ["合计,粤B12345\n", "车牌,x\n粤B12345,\n合计,1\n"] {
            assert_eq!(read(text), (vec!["粤B12345".to_owned()], vec![]), "{text}");
        }
        assert_eq!(plates(b"\n,\n").unwrap_err().problem, PaperProblem::Empty);
    }
}
