//! Damage of any kind, as it comes.

use super::lots::{
    NOW, PAGE, SINCE, With, assert_sound, copy, fill, lot, mended, none, overwrite, rows, stays,
};
use crate::store::files::beside;
use crate::store::{Copies, mend};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// Whole pages: no row comes back that was never there.
    #[test]
    fn rows_that_come_back_are_rows_that_were(
        damaged in prop::collection::vec(any::<prop::sample::Index>(), 1..12),
        zeros in any::<bool>(),
        with_copy in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (path, copies) = lot(folder.path(), 300);
        let mut known = rows(&path);
        for (table, more) in rows(&copies.list(NOW)[0]) {
            known.entry(table).or_default().extend(more);
        }
        let count = std::fs::read(&path).unwrap().len() / PAGE;
        let damaged: Vec<usize> = damaged.iter().map(|page| page.index(count) + 1).collect();
        overwrite(&path, &damaged, if zeros { With::Zeros } else { With::Random });
        let (after, _) = mended(&path, &copies, with_copy);
        let (after_stays, known_stays) = (stays(&after), stays(&known));
        let money = |stay: &&[String; 4]| stay[1] == "Text(\"\")";
        let made_up: Vec<_> =
            after_stays.difference(&known_stays).filter(|stay| !money(stay)).collect();
        prop_assert!(made_up.is_empty(), "{made_up:?}");
        for (table, rows) in after {
            for row in rows {
                // Of a stay there may be a part.
                let is_stay = table == "parking_record";
                prop_assert!(is_stay || known[&table].contains(&row), "{table} {row:?}");
            }
        }
    }

    /// Any bytes: an end in order, whatever it is.
    #[test]
    fn whatever_is_wrong_with_a_file_and_its_log_nothing_panics(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..200),
        swap in any::<(prop::sample::Index, prop::sample::Index)>(),
        cut in prop::option::of(any::<prop::sample::Index>()),
        in_log in any::<bool>(),
        with_copy in any::<bool>(),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lotgate.db");
        let store = fill(&path, 200);
        copy(folder.path(), &path, &store);
        store.connection.execute_batch(SINCE).unwrap();
        let damaged = folder.path().join("damaged/lotgate.db");
        std::fs::create_dir(damaged.parent().unwrap()).unwrap();
        for suffix in ["", "-wal"] {
            let mut bytes = std::fs::read(beside(&path, suffix)).unwrap();
            if in_log == (suffix == "-wal") {
                for (at, byte) in &flips {
                    let at = at.index(bytes.len());
                    bytes[at] = *byte;
                }
                let page = |index: &prop::sample::Index| index.index(bytes.len() / PAGE) * PAGE;
                let (from, to) = (page(&swap.0), page(&swap.1));
                bytes.copy_within(from..from + PAGE, to);
                if let Some(cut) = &cut {
                    bytes.truncate(cut.index(bytes.len()));
                }
            }
            std::fs::write(beside(&damaged, suffix), bytes).unwrap();
        }
        let copies = Copies::new(&damaged, &folder.path().join("copies"), None, 3);
        let none = none(&damaged);
        if mend(if with_copy { &copies } else { &none }, "malformed", NOW).is_ok() {
            assert_sound(&damaged);
        }
    }
}
