//! File rights: what the service reads and writes, and who else may.

use super::account::{Account, Want};
use crate::config::Config;
use crate::lang::BoxFinding;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Looks at every file the configuration names.
pub fn examine(
    config_path: &Path,
    config: &Config,
    secret_files: &[PathBuf],
    account: &Account,
) -> Vec<BoxFinding> {
    let mut found = Vec::new();
    for path in read_by_service(config_path, config).iter().chain(secret_files) {
        judge(path, Want::Read, account, &mut found);
    }
    let database = &config.store.path;
    for folder in [database.parent(), Some(&config.store.images)].into_iter().flatten() {
        // A folder for images that is not there yet is made by the service, within its parent.
        let there = folder.exists() || folder.parent().is_none();
        let folder = if there { folder } else { folder.parent().unwrap_or(folder) };
        judge(folder, Want::Fill, account, &mut found);
    }
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut name = database.as_os_str().to_owned();
        name.push(suffix);
        let path = PathBuf::from(name);
        if path.exists() {
            // A lock needs no more than reading.
            let want = if suffix == ".lock" { Want::Read } else { Want::Write };
            judge(&path, want, account, &mut found);
        }
    }
    found.dedup();
    for path in std::iter::once(config_path).chain(secret_files.iter().map(PathBuf::as_path)) {
        if std::fs::metadata(path).is_ok_and(|meta| meta.mode() & 0o004 != 0) {
            found.push(BoxFinding::ReadableByAll { path: path.display().to_string() });
        }
    }
    if found.is_empty() {
        found.push(BoxFinding::RightsFine { user: account.name.clone() });
    }
    found
}

fn read_by_service(config_path: &Path, config: &Config) -> Vec<PathBuf> {
    let mut paths = vec![config_path.to_owned()];
    let platform = &config.platform;
    paths.extend(config.lot.spaces_file.clone());
    paths.extend(platform.ca_file.clone());
    if let Some((chain, key)) = &platform.client_certificate {
        paths.extend([chain.clone(), key.clone()]);
    }
    if let Some(callback) = &platform.callback {
        paths.extend([callback.cert_file.clone(), callback.key_file.clone()]);
        paths.extend(callback.client_ca_file.clone());
    }
    paths.extend(config.mqtt.iter().filter_map(|broker| broker.ca_file.clone()));
    paths
}

fn judge(path: &Path, want: Want, account: &Account, found: &mut Vec<BoxFinding>) {
    let (user, shown) = (account.name.clone(), path.display().to_string());
    found.extend(match account.reaches(path, want) {
        Some(true) => None,
        None => Some(BoxFinding::Absent { path: shown }),
        Some(false) if want == Want::Read => Some(BoxFinding::Unreadable { path: shown, user }),
        Some(false) => Some(BoxFinding::Unwritable { path: shown, user }),
    });
}
