//! A damaged database read by its pages, past SQLite: which page is of which table, what can be read of a table though the
//! way to it is gone, and about how many rows cannot. For [`super::salvage`]; it knows no table's meaning and changes nothing.
//!
//! Ways lead from a table's root to its leaves; where one is broken leaves behind it are orphans. An orphan is taken to be
//! of a table only where that is certain: no other tree with a broken way holds such rows, or the copy has the page there.

mod frames;
mod index;
mod log;
mod orphans;
mod page;
mod pages;
mod record;
mod sum;
mod survey;
mod trees;

use super::StoreError;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::fs::File;
use std::io;
use std::path::Path;
use survey::{Hints, Survey};
use trees::Tree;

pub(super) use frames::{LogFrames, Logged};
pub(super) use pages::Pages;

fn is_page_size(size: usize) -> bool {
    size.is_power_of_two() && (512..=65_536).contains(&size)
}

/// Looks through the log of that name; none where there is nothing in it. Of its shared index the beginning is given where
/// there is one: it knows how much was committed. An error is a medium that does not let it be read.
pub(super) fn look_at_log(path: &Path, index: Option<&[u8]>) -> io::Result<Option<LogFrames>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    let mut log = LogFrames::of(file)?;
    if let Some(log) = &mut log {
        let known = index.and_then(index::committed);
        let of_it = known.filter(|(salts, _)| log.salts() == Some(*salts));
        log.committed = of_it.map_or(0, |(_, committed)| committed);
    }
    Ok(log)
}

/// Whether the index of a log tells of one that begins otherwise than this.
pub(super) fn is_index_of_another(index: &[u8], log: Option<&[u8]>) -> bool {
    let salts = log.and_then(|log| sum::Sum::stored(log, 16));
    index::committed(index).is_some_and(|(of, committed)| committed > 0 && salts != Some(of))
}

/// A row as it stands in a page.
#[derive(Debug, PartialEq)]
pub(super) struct RawRow {
    /// Its number; 0 in what is kept in a key's order.
    pub(super) number: i64,
    /// What it holds, in the order of [`RawTables::columns`].
    pub(super) values: Vec<Value>,
}

/// What of a table cannot be read: nothing where all of it was found, and what was not found is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Loss {
    /// About how many rows.
    pub(super) rows: u64,
    /// How many they may be, where the rows that are known are few.
    pub(super) at_most: u64,
}

/// Whose schema a damaged database has.
pub(super) enum Schema<'s> {
    /// This one's, where each table begins included.
    Of(&'s Connection),
    /// This one's, and where tables begin is not known.
    Like(&'s Connection),
}

/// The tables of a damaged database.
pub(super) struct RawTables {
    pages: Pages,
    trees: Vec<Tree>,
    survey: Survey,
}

impl RawTables {
    /// Looks through a database, and its newest copy where there is one: a page is likely what it was there.
    pub(super) fn look(
        pages: Pages,
        schema: &Schema<'_>,
        copy: Option<(&Pages, &Connection)>,
    ) -> rusqlite::Result<Self> {
        let trees = match schema {
            Schema::Of(schema) => trees::trees(schema)?,
            Schema::Like(schema) => {
                let mut trees = trees::trees(schema)?;
                for tree in &mut trees {
                    tree.root = None;
                }
                trees
            }
        };
        let hints = copy.map(|(pages, schema)| Hints::of(pages, schema, &trees)).transpose()?;
        let mut survey = Survey::from_roots(&pages, &trees, hints.as_ref());
        orphans::adopt(&mut survey, &pages, &trees, hints.as_ref());
        Ok(Self { pages, trees, survey })
    }

    fn tree(&self, table: &str) -> Option<(usize, &Tree)> {
        let is_it = |(_, tree): &(usize, &Tree)| tree.is_table && tree.name == table;
        self.trees.iter().enumerate().find(is_it)
    }

    /// The names of a table's columns in the order of its rows; none where there is no such table.
    pub(super) fn columns(&self, table: &str) -> Option<Vec<String>> {
        let (_, tree) = self.tree(table)?;
        Some(tree.columns.iter().map(|column| column.name.clone()).collect())
    }

    /// What of a table cannot be read.
    pub(super) fn loss(&self, table: &str) -> Loss {
        self.tree(table).map_or(Loss::default(), |(index, tree)| {
            let guess = self.pages.rows_of_a_page(tree.columns.len());
            self.survey.loss(index, tree.by_key, guess)
        })
    }

    /// What a row has in each column of which nothing is known; none where that has to be.
    pub(super) fn without(&self, table: &str) -> Vec<Option<Value>> {
        let columns = self.tree(table).map(|(_, tree)| tree.columns.as_slice());
        columns.unwrap_or_default().iter().map(|column| column.before.clone()).collect()
    }

    /// The indexes of a table that can be read whole.
    pub(super) fn indexes<'r>(&'r self, table: &'r str) -> impl Iterator<Item = RawIndex<'r>> {
        let is_whole = |index| self.survey.loss(index, true, 1).rows == 0;
        let indexes = self.trees.iter().enumerate();
        let of_it = indexes.filter(move |(_, tree)| !tree.is_table && tree.table == table);
        of_it
            .filter(move |(index, _)| is_whole(*index))
            .map(|(index, tree)| RawIndex { index, tree })
    }

    /// All entries of an index, in no order; the last of what each holds is the number of its row.
    pub(super) fn each_entry(
        &self,
        index: &RawIndex<'_>,
        each: impl FnMut(RawRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each_of(index.index, index.tree, each)
    }

    /// All rows of a table that can be read, in no order.
    pub(super) fn each_row(
        &self,
        table: &str,
        each: impl FnMut(RawRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some((index, tree)) = self.tree(table) else { return Ok(()) };
        self.each_of(index, tree, each)
    }

    fn each_of(
        &self,
        index: usize,
        tree: &Tree,
        mut each: impl FnMut(RawRow) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        for number in self.survey.pages_of(index) {
            for row in tree.rows(&self.pages, number, &mut bytes) {
                each(row)?;
            }
        }
        Ok(())
    }
}

/// An index of a table.
pub(super) struct RawIndex<'r> {
    index: usize,
    tree: &'r Tree,
}

impl RawIndex<'_> {
    /// The columns that it holds.
    pub(super) fn columns(&self) -> impl Iterator<Item = &str> {
        self.tree.columns.iter().map(|column| column.name.as_str())
    }

    /// Whether no two rows of the table have the same in it, by the table's own words.
    pub(super) fn tells_rows_apart(&self) -> bool {
        self.tree.name.starts_with("sqlite_autoindex_")
    }
}
