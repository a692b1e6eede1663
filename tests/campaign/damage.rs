//! Pages of the database that hold garbage, as a worn medium leaves them: of indexes, whose rows stand in their tables
//! still. The process is held meanwhile, so that no page becomes another's between the look and the blow.

use crate::lot::Lot;
use fastrand::Rng;
use rusqlite::{Connection, OpenFlags};
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::Duration;

/// So many pages of one index.
const PAGES: usize = 3;
/// The process stands still by then.
const HELD: Duration = Duration::from_millis(50);

/// False where the database was just being put together, or nobody could look.
pub async fn strike(lot: &Lot, chance: u64) -> bool {
    // A medium that damages what it holds again and again is not mended for ever, and it is said so.
    if !lot.gateway.may_be_damaged() {
        return false;
    }
    lot.gateway.signal("-STOP");
    tokio::time::sleep(HELD).await;
    let done = damage(&lot.world.folder.path().join("lotgate.db"), &mut Rng::with_seed(chance));
    lot.gateway.signal("-CONT");
    if let Err(error) = &done {
        eprintln!("no damage: {error}");
    }
    done.is_ok()
}

fn damage(database: &Path, rng: &mut Rng) -> rusqlite::Result<()> {
    let (size, pages) = pages_of_an_index(database, rng)?;
    let file = File::options().write(true).open(database).unwrap();
    for page in pages {
        let at = (page - 1) * u64::try_from(size).unwrap();
        file.write_all_at(&vec![0x5a; size], at).unwrap();
    }
    Ok(())
}

/// Their size, and their numbers.
fn pages_of_an_index(database: &Path, rng: &mut Rng) -> rusqlite::Result<(usize, Vec<u64>)> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.busy_timeout(Duration::from_millis(100))?;
    let text = |row: &rusqlite::Row<'_>| row.get::<_, String>(0);
    let mut indexes = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'")?;
    let indexes: Vec<_> = indexes.query_map([], text)?.collect::<Result<_, _>>()?;
    let index = &indexes[rng.usize(..indexes.len())];
    let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf'";
    let mut pages = connection.prepare(sql)?;
    let number = |row: &rusqlite::Row<'_>| row.get::<_, i64>(0);
    let pages: Vec<i64> = pages.query_map([index], number)?.collect::<Result<_, _>>()?;
    let pages = rng.choose_multiple(pages, PAGES).into_iter().map(i64::unsigned_abs).collect();
    let size: i64 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok((usize::try_from(size).unwrap(), pages))
}
