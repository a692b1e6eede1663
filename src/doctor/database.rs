//! The database: sound or not, of which version, and what waits in it.

use super::{log_file, medium};
use crate::config::Config;
use crate::lang::BoxFinding;
use crate::model::input::ConnectionName;
use crate::model::put_aside::AsideWhy;
use crate::standard::datetime::DateTime;
use crate::store::{
    Copies, FaultKind, Health, MendedThen, NotTaken, Store, StoreError, StoreLoss, Transaction,
    is_there, moved_aside,
};
use jiff::{SignedDuration, Timestamp};

/// A report that waits longer than this waits for a reason.
const LONG: SignedDuration = SignedDuration::from_mins(15);

/// Times in which nothing could be written down are told for so long.
const LOSSES: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Reads the whole database once.
pub fn examine(config: &Config, now: Timestamp) -> Vec<BoxFinding> {
    let path = &config.store.path;
    let shown = path.display().to_string();
    let aside = moved_aside(path);
    let mut found: Vec<_> = aside
        .iter()
        .map(|path| BoxFinding::DatabaseAside { path: path.display().to_string() })
        .collect();
    found.extend(copies(config, now));
    found.extend(log_file::examine(path));
    if !is_there(path) {
        found.push(BoxFinding::NoDatabase { path: shown });
        return found;
    }
    match look(config, now) {
        Ok(more) => found.extend(more),
        Err(error) if error.fault().is_some_and(|fault| fault.kind != FaultKind::Damaged) => {
            found.push(BoxFinding::DatabaseUnreachable { path: shown, fault: error.to_string() });
        }
        Err(error) => {
            found.push(BoxFinding::DatabaseDamaged { path: shown, fault: error.to_string() });
        }
    }
    found
}

/// The copies that are made while it runs.
fn copies(config: &Config, now: Timestamp) -> Option<BoxFinding> {
    let backup = &config.store.backup;
    let copies = Copies::new(&config.store.path, &backup.path, backup.every, backup.keep);
    let every = copies.every()?;
    let folder = backup.path.display().to_string();
    if let Some((since, error)) = copies_fail(config) {
        let since = DateTime::at(since, &config.lot.time_zone).to_string();
        return Some(BoxFinding::CopiesFail { folder, since, error });
    }
    let Some(newest) = copies.newest_at(now) else {
        return Some(BoxFinding::NoCopy { folder });
    };
    let late = SignedDuration::try_from(every * 2).unwrap_or(SignedDuration::MAX);
    let at = DateTime::at(newest, &config.lot.time_zone).to_string();
    let behind = now.duration_since(newest) > late && copies.is_behind(now);
    Some(if behind {
        BoxFinding::CopyOld { folder, at }
    } else {
        let same_disk = copies.is_on_its_device();
        BoxFinding::CopyNewest { folder, at, same_disk }
    })
}

/// Since when the gateway can make none, and why; none where it can, and where the database tells nothing.
fn copies_fail(config: &Config) -> Option<(Timestamp, String)> {
    let mut reader = Store::open_reading(&config.store.path).ok()?;
    let noted = reader.snapshot().ok()?.connection(&ConnectionName::Copies).ok()??;
    (!noted.up).then_some((noted.since, noted.error))
}

fn look(config: &Config, now: Timestamp) -> Result<Vec<BoxFinding>, StoreError> {
    let path = &config.store.path;
    let shown = path.display().to_string();
    let mut reader = Store::open_reading(path)?;
    let Health { faults, version, newest } = reader.examine()?;
    if let Some(fault) = faults.into_iter().next() {
        return Ok(vec![BoxFinding::DatabaseDamaged { path: shown, fault }]);
    }
    let megabytes = std::fs::metadata(path).map_or(0, |meta| meta.len()).div_ceil(1 << 20);
    let mut found = vec![BoxFinding::DatabaseWell { path: shown, megabytes }];
    if version > newest {
        found.push(BoxFinding::DatabaseNewer { version, newest });
        return Ok(found);
    }
    if version < newest {
        found.push(BoxFinding::DatabaseOlder { version, newest });
        if version == 0 {
            return Ok(found);
        }
    }
    let tx = reader.snapshot()?;
    if version >= newest {
        let zone = &config.lot.time_zone;
        found.extend(tx.store_losses(now - LOSSES, 3)?.into_iter().map(|loss| {
            let since = DateTime::at(loss.since, zone).to_string();
            let until = DateTime::at(loss.until, zone).to_string();
            let StoreLoss { fault, kept, dropped, mended, .. } = loss;
            match mended {
                Some(MendedThen { copied, unread, .. }) => {
                    let copied = copied.map(|at| DateTime::at(at, zone).to_string());
                    BoxFinding::DatabaseMended { at: until, fault, copied, unread }
                }
                None => BoxFinding::StoreWasAway { since, until, fault, kept, dropped },
            }
        }));
        found.extend(put_aside(&tx)?);
        let folder = path.parent().unwrap_or(path);
        found.extend(tx.written()?.and_then(|written| medium::examine(folder, &written)));
    }
    let counts = tx.queue_counts()?;
    let oldest = tx.oldest_pending()?.filter(|oldest| now.duration_since(*oldest) > LONG);
    if tx.queue_full()? {
        found.push(BoxFinding::QueueFull);
    }
    if let Some(oldest) = oldest {
        let since = DateTime::at(oldest, &config.lot.time_zone).to_string();
        found.push(BoxFinding::QueueWaits { pending: counts.pending, since });
    }
    let not_taken = tx.not_taken()?.into_iter();
    found.extend(not_taken.map(|NotTaken { code, count: waiting, words }| BoxFinding::NotTaken {
        waiting,
        code,
        words,
    }));
    let refused = tx.refused()?;
    let none_refused = refused.is_empty();
    found.extend(
        refused.into_iter().map(|NotTaken { code, count: dead, words }| BoxFinding::QueueDead {
            dead,
            code,
            words,
        }),
    );
    if none_refused && oldest.is_none() {
        found.push(BoxFinding::Queue { pending: counts.pending });
    }
    Ok(found)
}

/// What could not be taken and waits for people.
fn put_aside(tx: &Transaction<'_>) -> Result<Vec<BoxFinding>, StoreError> {
    let aside = tx.put_aside_for(AsideWhy::EndsTheProcess)?;
    let late = tx.put_aside_for(AsideWhy::OutOfTime)?;
    let aside = (aside > 0).then_some(BoxFinding::PutAside { aside });
    let late = (late > 0).then_some(BoxFinding::OutOfTime { late });
    Ok(aside.into_iter().chain(late).collect())
}
