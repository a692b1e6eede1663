//! Who is who on this machine, by its own lists of users and groups. For whoever names a user, or gives a file to a group; it
//! asks no directory on the network.

use std::fs;

/// The name of a user; its number where the machine knows no name.
pub fn name_of_user(number: u32) -> String {
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&users, number).unwrap_or_else(|| number.to_string())
}

/// The number of a group, where the machine has it.
pub fn group(name: &str) -> Option<u32> {
    number_in(&fs::read_to_string("/etc/group").unwrap_or_default(), name)
}

fn name_in(list: &str, number: u32) -> Option<String> {
    list.lines().map(entry).find(|(_, one)| *one == Some(number)).map(|(name, _)| name.to_owned())
}

fn number_in(list: &str, name: &str) -> Option<u32> {
    list.lines().map(entry).find(|(one, _)| *one == name)?.1
}

/// Name and number of a line of either list.
fn entry(line: &str) -> (&str, Option<u32>) {
    let mut parts = line.split(':');
    let name = parts.next().unwrap_or_default();
    (name, parts.nth(1).and_then(|number| number.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_groups_are_known_by_name_and_number() {
        let list = "root:x:0:0:root:/root:/bin/sh\n# a word\nlotgate:x:998:lijun\n\n";
        assert_eq!(name_in(list, 998).as_deref(), Some("lotgate"));
        assert_eq!(name_in(list, 7), None);
        assert_eq!((number_in(list, "lotgate"), number_in(list, "lot")), (Some(998), None));
        assert_eq!(name_of_user(u32::MAX), u32::MAX.to_string());
    }
}
