//! What the gateway had told others by when, and whether a database knows of it: the other side of "commit before
//! effect". It reads the tables by their names and knows no rule.

use rusqlite::{Connection, OpenFlags};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::SystemTime;

/// Something that nobody outside will tell or ask again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// A read that was acknowledged to its broker, by its camera's id for it.
    Read(String),
    /// A plate whose read was acknowledged that came with a picture.
    Pictured(String),
    /// A record whose entry the platform has.
    Entered(String),
    /// A record whose exit the platform has.
    Left(String),
    /// A payment that the platform has.
    Charged(String),
    /// What staff were answered, by the id of what they said.
    Staff(String),
    /// A lock that the platform was answered.
    Locked(String),
}

/// Everything that was told, with the moment when it was known outside at the latest.
#[derive(Debug, Default)]
pub struct Claims(Vec<(SystemTime, Claim)>);

impl Claims {
    /// It was known by now.
    pub fn add(&mut self, at: SystemTime, claim: Claim) {
        self.0.push((at, claim));
    }

    /// All that was known at a moment.
    pub fn until(&self, moment: SystemTime) -> impl Iterator<Item = &Claim> {
        self.0.iter().filter(move |(at, _)| *at <= moment).map(|(_, claim)| claim)
    }

    /// Whether anything was.
    pub fn any_until(&self, moment: SystemTime) -> bool {
        self.until(moment).next().is_some()
    }

    /// How many of each kind there are.
    pub fn summary(&self) -> String {
        let count = |is: fn(&Claim) -> bool| self.0.iter().filter(|(_, claim)| is(claim)).count();
        format!(
            "{} reads, {} of them with pictures, {} entries, {} exits, {} payments, {} answers to staff, {} locks",
            count(|one| matches!(one, Claim::Read(_))),
            count(|one| matches!(one, Claim::Pictured(_))),
            count(|one| matches!(one, Claim::Entered(_))),
            count(|one| matches!(one, Claim::Left(_))),
            count(|one| matches!(one, Claim::Charged(_))),
            count(|one| matches!(one, Claim::Staff(_))),
            count(|one| matches!(one, Claim::Locked(_))),
        )
    }
}

/// Pictures that a database names and whose files are not in the folder, or not whole.
pub fn lost_pictures(path: &Path) -> rusqlite::Result<Vec<String>> {
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let folder = path.with_file_name("images");
    let sql = "SELECT place, bytes FROM image WHERE bytes > 0";
    let mut statement = database.prepare(sql)?;
    let named = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let named: Vec<(String, i64)> = named.collect::<rusqlite::Result<_>>()?;
    let is_whole = |place: &String, bytes: i64| {
        let picture = std::fs::read(folder.join(place)).unwrap_or_default();
        i64::try_from(picture.len()) == Ok(bytes)
            && picture.iter().skip(3).all(|byte| *byte == 0xd8)
    };
    let lost = named.into_iter().filter(|(place, bytes)| !is_whole(place, *bytes));
    Ok(lost.map(|(place, _)| place).collect())
}

/// Which of these a database does not know.
pub fn missing<'a>(
    path: &Path,
    claims: impl Iterator<Item = &'a Claim>,
) -> rusqlite::Result<Vec<&'a Claim>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = Connection::open_with_flags(path, flags)?;
    let set = |sql: &str| -> rusqlite::Result<BTreeSet<String>> {
        database.prepare(sql)?.query_map([], |row| row.get::<_, String>(0))?.collect()
    };
    // A message is known by its device, its topic and its camera's id for it, and more.
    let seen = set("SELECT message FROM seen")?;
    let is_part = |symbol: char| symbol.is_ascii_alphanumeric() || symbol == '-';
    let seen: BTreeSet<&str> =
        seen.iter().flat_map(|message| message.split(|symbol| !is_part(symbol))).collect();
    let entered = set("SELECT lower(id) FROM parking_record")?;
    let left = set("SELECT lower(id) FROM parking_record WHERE leave_time IS NOT NULL")?;
    let charged = set("SELECT lower(id) FROM charge")?;
    let staff = set("SELECT lower(id) FROM staff_command")?;
    let locked = set("SELECT lower(identity) FROM command WHERE identity IS NOT NULL")?;
    // On its way, where the platform keeps it, or with the car that has not gone through yet.
    let pictured = set("SELECT plate_no FROM parking_record WHERE image_url IS NOT NULL
             OR EXISTS (SELECT 1 FROM image WHERE record_id = parking_record.id)
         UNION SELECT plate_no FROM passing WHERE json_array_length(car, '$.images') > 0
         UNION SELECT plate_no FROM waiting WHERE json_array_length(car, '$.images') > 0
         UNION SELECT json_extract(body, '$.plate') FROM undecided_read
             WHERE json_array_length(body, '$.images') > 0")?;
    let known = |claim: &&Claim| match claim {
        Claim::Read(id) => seen.contains(id.as_str()),
        Claim::Pictured(plate) => pictured.contains(plate),
        Claim::Entered(id) => entered.contains(&id.to_lowercase()),
        Claim::Left(id) => left.contains(&id.to_lowercase()),
        Claim::Charged(id) => charged.contains(&id.to_lowercase()),
        Claim::Staff(id) => staff.contains(&id.to_lowercase()),
        Claim::Locked(id) => locked.contains(&id.to_lowercase()),
    };
    Ok(claims.filter(|claim| !known(claim)).collect())
}
