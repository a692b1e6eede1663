//! Whose rights count: those of the user the service runs as, also when root asks.

use rustix::process::{getegid, geteuid, getgroups};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// The user the packages make.
const SERVICE_USER: &str = "lotgate";

/// A user with its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its name.
    pub name: String,
    uid: u32,
    groups: Vec<u32>,
}

/// What somebody wants to do with a file or folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Read a file.
    Read,
    /// Read and write a file.
    Write,
    /// Make and remove files in a folder.
    Fill,
    /// Reach what lies in a folder.
    Pass,
}

impl Account {
    /// The service's user when root asks, else whoever asks.
    pub fn of_service() -> Self {
        let (uid, read) = (geteuid().as_raw(), |path| std::fs::read_to_string(path).ok());
        let (users, groups) = (read("/etc/passwd"), read("/etc/group"));
        let (users, groups) = (users.unwrap_or_default(), groups.unwrap_or_default());
        let service = Self::find(&users, &groups, |name, _| name == SERVICE_USER);
        if let Some(service) = service.filter(|_| uid == 0) {
            return service;
        }
        let mut own = Self::find(&users, &groups, |_, id| id == uid).unwrap_or_else(|| Self {
            name: uid.to_string(),
            uid,
            groups: Vec::new(),
        });
        own.groups.push(getegid().as_raw());
        own.groups.extend(getgroups().unwrap_or_default().iter().map(|group| group.as_raw()));
        own
    }

    /// Looks a user up in the texts of `/etc/passwd` and `/etc/group`.
    fn find(users: &str, groups: &str, wanted: impl Fn(&str, u32) -> bool) -> Option<Self> {
        let (name, uid, group) = users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, _, uid, group) =
                (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
            let uid = uid.parse().ok()?;
            wanted(name, uid).then_some((name, uid, group.parse::<u32>().ok()?))
        })?;
        let member = |line: &str| {
            let mut fields = line.split(':');
            let (_, _, id, members) =
                (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
            members.split(',').any(|member| member == name).then_some(id.parse::<u32>().ok()?)
        };
        let groups = std::iter::once(group).chain(groups.lines().filter_map(member)).collect();
        Some(Self { name: name.to_owned(), uid, groups })
    }

    /// Whether it may, by owner, group and mode of the file itself.
    pub fn may(&self, meta: &Metadata, want: Want) -> bool {
        self.allowed(meta.uid(), meta.gid(), meta.mode(), want)
    }

    fn allowed(&self, owner: u32, group: u32, mode: u32, want: Want) -> bool {
        let bits = match want {
            Want::Read => 0o4,
            Want::Write => 0o6,
            Want::Fill => 0o3,
            Want::Pass => 0o1,
        };
        let shift = match (owner == self.uid, self.groups.contains(&group)) {
            (true, _) => 6,
            (false, true) => 3,
            (false, false) => 0,
        };
        self.uid == 0 || mode >> shift & bits == bits
    }

    /// Whether it may, with every folder on the way open to it; none when there is no such file.
    pub fn reaches(&self, path: &Path, want: Want) -> Option<bool> {
        let meta = std::fs::metadata(path).ok()?;
        let path = std::path::absolute(path).ok()?;
        let mut way = path.ancestors().skip(1).map(std::fs::metadata);
        let open = way.all(|folder| folder.is_ok_and(|folder| self.may(&folder, Want::Pass)));
        Some(open && self.may(&meta, want))
    }
}

/// The group whose members may read and write a file, where there is such a group.
pub fn group_of(meta: &Metadata) -> Option<String> {
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    (meta.mode() & 0o060 == 0o060).then(|| group_name(&groups, meta.gid()))?
}

fn group_name(groups: &str, wanted: u32) -> Option<String> {
    groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _, id) = (fields.next()?, fields.next()?, fields.next()?);
        (id.parse() == Ok(wanted)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str =
        "root:x:0:0:root:/root:/bin/bash\nlotgate:x:105:110::/var/lib/lotgate:/usr/sbin/nologin\n";
    const GROUPS: &str = "root:x:0:\ndialout:x:20:pi,lotgate\nlotgate:x:110:\n";

    #[test]
    fn the_services_user_has_its_own_and_its_further_groups() {
        let found = Account::find(USERS, GROUPS, |name, _| name == "lotgate").unwrap();
        assert_eq!(found, Account { name: "lotgate".to_owned(), uid: 105, groups: vec![110, 20] });
        assert_eq!(Account::find(USERS, GROUPS, |_, uid| uid == 7), None);
    }

    #[test]
    fn a_groups_name_is_found_by_its_number() {
        assert_eq!(group_name(GROUPS, 20), Some("dialout".to_owned()));
        assert_eq!(group_name(GROUPS, 7), None);
    }

    #[test]
    fn owner_group_and_others_have_their_own_bits() {
        let service = Account { name: "lotgate".to_owned(), uid: 105, groups: vec![110, 20] };
        assert!(service.allowed(0, 110, 0o640, Want::Read));
        assert!(!service.allowed(0, 110, 0o640, Want::Write));
        assert!(!service.allowed(0, 0, 0o600, Want::Read));
        assert!(service.allowed(0, 20, 0o660, Want::Write));
        assert!(service.allowed(105, 105, 0o750, Want::Fill));
        // The owner's bits count for the owner even where others may more.
        assert!(!service.allowed(105, 105, 0o077, Want::Read));
        let root = Account { name: "root".to_owned(), uid: 0, groups: vec![0] };
        assert!(root.allowed(105, 105, 0, Want::Write));
    }
}
