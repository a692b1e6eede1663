//! The lot's rules as scenarios that a car park's people can read and write: tests/scenarios/*.txt, one
//! line an event and what is expected of it. The language is in tests/scenarios/README.md.

mod expected;
mod grammar;
mod phrases;
mod play;
mod reader;

use phrases::{EVENTS, EXPECTED, OPTIONS};
use play::Play;
use reader::read;
use std::fmt::Write as _;
use std::fs;

const FOLDER: &str = "tests/scenarios";

/// What is wrong with a scenario; nothing when all came as it says.
fn play(name: &str, text: &str) -> Option<String> {
    let scenario = match read(text) {
        Ok(scenario) => scenario,
        Err((line, problem)) => return Some(format!("{name}:{line}: {problem}")),
    };
    let mut play = Play::new(&scenario);
    scenario.steps.iter().find_map(|step| {
        let problem = play.step(step).err()?;
        Some(format!("{name}:{}: {}\n    {problem}", step.line, step.text))
    })
}

#[test]
fn every_scenario_comes_as_it_says() {
    let mut files: Vec<_> = fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "txt"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    let mut problems = String::new();
    for file in &files {
        if let Some(problem) = play(&file.display().to_string(), &fs::read_to_string(file).unwrap())
        {
            writeln!(problems, "{problem}").unwrap();
        }
    }
    assert!(problems.is_empty(), "\n{problems}");
}

#[test]
fn what_comes_otherwise_is_told_with_its_line_and_what_came_instead() {
    let told = |text: &str| play("a.txt", &format!("# A scenario.\n{text}"));
    assert_eq!(told("08:00 粤B12345 at entry -> opens, 5004\n08:00 inside 1, free 3"), None);
    for (text, words) in [
        ("08:00 粤B12345 at entry -> opens", ["a.txt:2: ", "expected reports: [], came: [5004]"]),
        ("08:00 粤B12345 at entry -> stays shut: full, 5004", ["barriers", "opens entry"]),
        (
            "08:00 粤B12345 at entry -> opens, 5004 recordType 1",
            ["recordType 1, is: 0", "粤B12345"],
        ),
        ("08:00 粤B12345 at exit -> opens, 5005", ["a.txt:2: ", "stays shut: not inside"]),
        ("08:00 asks fee of 粤B12345", ["a.txt:2: ", "refused 4001"]),
        ("08:00 asks fee of 粤B12345 -> refused 1100", ["a.txt:2: ", "refused 4001"]),
        ("\n08:00 粤B12345 at entry\n08:00 inside 2", ["a.txt:4: ", "usedSpaces 2, is: 1"]),
    ] {
        let problem = told(text).unwrap_or_default();
        assert!(words.iter().all(|word| problem.contains(word)), "{text}: {problem}");
    }
}

#[test]
fn a_line_that_is_not_understood_is_named_with_the_nearest_phrase() {
    for (text, words) in [
        ("08:00 粤B12345 at entry", ["t:1: ", "begins with"]),
        ("# A\nlot: space 4", ["t:2: ", "spaces {number}"]),
        ("# A\n08:00 粤B12345 by entry -> opens", ["t:2: ", "{plate} at {lane}"]),
        ("# A\n08:00 粤B12345 at entrance -> opens", ["t:2: ", "{plate} at {lane}"]),
        ("# A\n08:00 platfrom lock 粤B12345", ["t:2: ", "platform locks {plate}"]),
        ("# A\n08:00 pay 12 for 粤B12345 by platform", ["t:2: ", "pays {money} for {plate} by"]),
        ("# A\n\n08:00 粤B12345 at exit -> stays shut: lock", ["t:3: ", "stays shut: locked"]),
        ("# A\n8 o'clock 粤B12345 at exit", ["t:2: ", "no time"]),
        ("# A\n09:00 time passes\n08:00 time passes", ["t:3: ", "goes back"]),
        ("# A\nday tomorrow", ["t:2: ", "2026-03-02"]),
    ] {
        let problem = play("t", text).unwrap_or_default();
        assert!(words.iter().all(|word| problem.contains(word)), "{text}: {problem}");
    }
}

#[test]
fn the_page_about_the_language_has_every_phrase_and_no_other() {
    let page = fs::read_to_string(format!("{FOLDER}/README.md")).unwrap();
    let of_table = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut written: Vec<_> = of_table.collect();
    let mut known: Vec<_> = OPTIONS.iter().map(|(phrase, _)| *phrase).collect();
    known.extend(EVENTS.iter().map(|(phrase, _)| *phrase));
    known.extend(EXPECTED.iter().map(|(phrase, _)| *phrase));
    written.sort_unstable();
    known.sort_unstable();
    assert_eq!(written, known);
}
