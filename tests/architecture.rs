//! The house keeps itself: every room uses only what ARCHITECTURE.md says it may know, and no files
//! depend on each other in a circle.
//!
//! What counts: each path that begins with `crate::`, `super::` or a module of the file's own, outside of
//! `#[cfg(test)]`. A folder's `mod.rs` is the vocabulary of its own files, so what they take from it is no
//! arrow.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Every source file by its module path (`lot::lane::barrier`), with its text.
fn modules() -> BTreeMap<Vec<String>, String> {
    let mut modules = BTreeMap::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                modules.insert(module_of(&path), code_of(&std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    modules
}

fn module_of(path: &Path) -> Vec<String> {
    let inside = path.strip_prefix(root().join("src")).unwrap().with_extension("");
    let mut names: Vec<String> =
        inside.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    if matches!(names.last().map(String::as_str), Some("mod" | "lib")) {
        names.pop();
    }
    names
}

/// The text without comments and without what is compiled for unit tests only, which stands last.
fn code_of(text: &str) -> String {
    let code = text.split("\n#[cfg(test)]\nmod tests").next().unwrap();
    let lines = code.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// `use a::{b, c::{d, e}}` as `a::b`, `a::c::d`, `a::c::e`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap();
        return vec![path.split_whitespace().collect::<String>()];
    };
    let (prefix, inner) = (tree[..open].trim(), &tree[open + 1..tree.rfind('}').unwrap()]);
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (index, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let named = parts.into_iter().filter(|part| !part.trim().is_empty());
    named.flat_map(expand).map(|leaf| format!("{prefix}{leaf}")).collect()
}

/// Every path of ours that a file names; `children` are the modules it declares.
fn paths_in(code: &str, children: &[String]) -> Vec<String> {
    let mut paths = Vec::new();
    let heads = ["crate".to_owned(), "super".to_owned()];
    let heads: Vec<String> = heads.iter().chain(children).map(|head| format!("{head}::")).collect();
    for (index, _) in heads.iter().flat_map(|head| code.match_indices(head.as_str())) {
        let before = code[..index].chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_' || letter == ':') {
            continue;
        }
        let rest = &code[index..];
        let statement = code[..index].trim_end().ends_with("use");
        let end = if statement {
            rest.find(';').unwrap()
        } else {
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'))
                .unwrap_or(rest.len())
        };
        paths.extend(expand(&rest[..end]));
    }
    paths
}

/// The modules a file depends on.
fn dependencies(
    modules: &BTreeMap<Vec<String>, String>,
    module: &[String],
    code: &str,
) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let children: Vec<String> = modules
        .keys()
        .filter(|other| other.len() == module.len() + 1 && other.starts_with(module))
        .map(|other| other[module.len()].clone())
        .collect();
    for path in paths_in(code, &children) {
        let mut names: Vec<&str> = path.split("::").collect();
        let mut base: Vec<String> = if names[0] == "crate" { Vec::new() } else { module.to_vec() };
        if names[0] == "crate" {
            names.remove(0);
        }
        while names.first() == Some(&"super") {
            names.remove(0);
            base.pop();
        }
        base.extend(names.iter().map(|name| (*name).to_owned()));
        while !modules.contains_key(&base) {
            base.pop();
        }
        if base != module {
            found.insert(base);
        }
    }
    found
}

/// All arrows between files.
fn arrows() -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let modules = modules();
    let of = |(module, code): (&Vec<String>, &String)| {
        (module.clone(), dependencies(&modules, module, code))
    };
    modules.iter().map(of).collect()
}

/// ARCHITECTURE.md's tables: each room with the rooms it may know; none where it may know everything.
fn may_know() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(room_named).collect()
    };
    let mut rooms = BTreeMap::new();
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        let [names, _, knows] = cells[..] else { continue };
        let knows = (knows.trim() != "everything").then(|| quoted(knows).into_iter().collect());
        for name in quoted(names) {
            rooms.insert(name, knows.clone());
        }
    }
    rooms
}

/// `lot/lane/` and `lot/rules.rs` as `lot::lane` and `lot::rules`.
fn room_named(path: &str) -> String {
    path.trim_end_matches(".rs").trim_end_matches('/').replace('/', "::")
}

/// The smallest room of the tables that a module is in.
fn room_of<'a>(
    rooms: &'a BTreeMap<String, Option<BTreeSet<String>>>,
    module: &[String],
) -> Option<&'a String> {
    let within = |room: &&String| {
        let parts: Vec<&str> = room.split("::").collect();
        module.len() >= parts.len() && module.iter().zip(&parts).all(|(one, part)| one == part)
    };
    rooms.keys().filter(within).max_by_key(|room| room.len())
}

#[test]
fn every_room_uses_only_what_architecture_says_it_may_know() {
    let rooms = may_know();
    let mut faults = Vec::new();
    for (module, uses) in arrows() {
        if module.is_empty() || module == ["main"] {
            continue;
        }
        let name = module.join("::");
        let Some(room) = room_of(&rooms, &module) else {
            faults.push(format!("{name} is in no room of ARCHITECTURE.md"));
            continue;
        };
        let Some(knows) = &rooms[room] else { continue };
        for used in uses.iter().filter(|used| !used.is_empty()) {
            let Some(other) = room_of(&rooms, used) else { continue };
            if other != room && !knows.contains(other) {
                faults.push(format!(
                    "{name} uses {}: `{room}` may not know `{other}`",
                    used.join("::")
                ));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn no_room_may_know_what_it_does_not_use() {
    let rooms = may_know();
    let mut used = BTreeSet::new();
    for (module, uses) in arrows() {
        let Some(room) = room_of(&rooms, &module) else { continue };
        let others = uses.iter().filter_map(|other| room_of(&rooms, other));
        used.extend(others.map(|other| (room.clone(), other.clone())));
    }
    let mut idle = Vec::new();
    for (room, knows) in &rooms {
        for other in knows.iter().flatten() {
            if !used.contains(&(room.clone(), other.clone())) {
                idle.push(format!("`{room}` may know `{other}` and does not use it"));
            }
        }
    }
    assert!(idle.is_empty(), "\n{}", idle.join("\n"));
}

#[test]
fn rights_are_read_and_never_changed() {
    for (module, code) in modules() {
        if module.starts_with(&["lot".to_owned(), "rights".to_owned()]) {
            assert!(!code.contains("&mut Case"), "{} changes something", module.join("::"));
        }
    }
}

#[test]
fn rooms_that_are_gone_stand_in_no_table() {
    let modules = modules();
    for (room, knows) in may_know() {
        for name in knows.into_iter().flatten().chain([room]) {
            let parts: Vec<String> = name.split("::").map(str::to_owned).collect();
            let there = modules.keys().any(|module| module.starts_with(&parts));
            assert!(there, "ARCHITECTURE.md names `{name}`, which is nowhere in src/");
        }
    }
}

/// A circle through `module`, if there is one, as the files on the way.
fn circle_through(
    arrows: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
    module: &[String],
) -> Option<Vec<String>> {
    let mut ways = vec![vec![module.to_vec()]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        let last = way.last().unwrap();
        for next in &arrows[last] {
            let own_folder = last.len() == next.len() + 1 && last.starts_with(next);
            if own_folder || next.is_empty() {
                continue;
            }
            if next == module {
                return Some(way.iter().map(|one| one.join("::")).collect());
            }
            if seen.insert(next.clone()) {
                ways.push([way.clone(), vec![next.clone()]].concat());
            }
        }
    }
    None
}

#[test]
fn no_files_depend_on_each_other_in_a_circle() {
    let arrows = arrows();
    let circles: BTreeSet<Vec<String>> = arrows
        .keys()
        .filter(|module| !module.is_empty())
        .filter_map(|module| circle_through(&arrows, module))
        .map(|mut circle| {
            circle.sort();
            circle
        })
        .collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

#[test]
fn the_name_of_a_public_type_is_unique_in_the_crate() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (module, code) in modules() {
        for line in code.lines().filter_map(|line| line.trim_start().strip_prefix("pub")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let kind =
                words.iter().position(|word| ["struct", "enum", "trait", "type"].contains(word));
            let Some(name) = kind.filter(|at| *at <= 1).and_then(|at| words.get(at + 1)) else {
                continue;
            };
            let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
            places.entry(name.to_owned()).or_default().push(module.join("::"));
        }
    }
    places.retain(|_, modules| modules.len() > 1);
    assert!(places.is_empty(), "{places:#?}");
}

#[test]
fn what_a_test_leaves_out_for_want_of_something_fails_where_all_must_be_tried() {
    let variable = "LOTGATE_TRY_ALL";
    let ci = std::fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(ci.contains(&format!("export {variable}=1")));
    let words = [": not", "tried\");"].join(" ");
    let (mut folders, mut found) = (vec![root().join("tests")], 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for (at, _) in text.match_indices(&words) {
                    let next = text[at..].lines().nth(1).unwrap();
                    assert!(next.contains(variable), "{}: {next}", path.display());
                    found += 1;
                }
            }
        }
    }
    assert!(found >= 4, "{found}");
}

#[test]
fn nothing_reaches_a_terminal_but_through_the_one_way_that_shows_what_is_hidden() {
    let ways =
        ["println!", "print!", "eprint!", "eprintln!", "dbg!", "io::stdout()", "io::stderr()"];
    let others: Vec<String> = modules()
        .iter()
        // A simulated broker complains for itself.
        .filter(|(module, _)| module[..] != ["cli", "terminal"] && module[..] != ["sim", "broker"])
        .flat_map(|(module, code)| {
            let used = ways.iter().filter(|way| code.contains(**way));
            used.map(|way| format!("{}: {way}", module.join("::")))
        })
        .collect();
    assert!(others.is_empty(), "{others:#?}");
}

#[test]
fn every_fuzz_target_is_built_and_begins_with_something() {
    let fuzz = root().join("fuzz");
    let manifest = std::fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let targets: Vec<_> = std::fs::read_dir(fuzz.join("fuzz_targets"))
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert!(targets.len() >= 20, "{targets:?}");
    for target in targets {
        assert!(manifest.contains(&format!("\"fuzz_targets/{target}.rs\"")), "{target}");
        // Annex D as printed is what these begin with.
        let seeds = fuzz.join("seeds").join(&target);
        assert!(target.starts_with("platform_") || seeds.is_dir(), "{target}");
    }
}
