//! Pages to which no way leads any more: whose they are is told by what their rows look like, by the pages they lead to, and
//! by what they were in the copy. Where that leaves a doubt they are nobody's.

use super::page::TreePage;
use super::pages::Pages;
use super::survey::{Hints, Survey, Use};
use super::trees::{Looked, Tree};
use std::collections::{BTreeMap, BTreeSet};

/// Of a file that says it should be longer no more is believed.
const CUT_OFF_AT_MOST: u64 = 1 << 20;

/// Pages that are of one tree, whichever.
#[derive(Default)]
struct Group {
    pages: Vec<u32>,
    /// Those that cannot be read.
    missing: Vec<u32>,
}

/// Finds whose the pages are to which no way leads.
pub(super) fn adopt(survey: &mut Survey, pages: &Pages, trees: &[Tree], hints: Option<&Hints<'_>>) {
    if !survey.found.iter().any(|found| found.broken) {
        return;
    }
    let mut work = Work { survey, pages, trees, hints };
    let orphans = work.orphans();
    for group in groups(&orphans) {
        work.decide(&group);
    }
    work.leave_the_rest();
}

/// Groups of orphans, by each one's pages below it.
fn groups(orphans: &BTreeMap<u32, Vec<u32>>) -> Vec<Group> {
    let below: BTreeSet<u32> = orphans.values().flatten().copied().collect();
    let mut groups = Vec::new();
    let mut seen = BTreeSet::new();
    for top in orphans.keys().filter(|number| !below.contains(number)) {
        let (mut group, mut ways) = (Group::default(), vec![*top]);
        while let Some(number) = ways.pop() {
            let Some(children) = orphans.get(&number) else {
                group.missing.push(number);
                continue;
            };
            if seen.insert(number) {
                group.pages.push(number);
                ways.extend(children);
            }
        }
        groups.push(group);
    }
    groups
}

struct Work<'w> {
    survey: &'w mut Survey,
    pages: &'w Pages,
    trees: &'w [Tree],
    hints: Option<&'w Hints<'w>>,
}

impl Work<'_> {
    /// Pages of trees that nobody has come to, and those below each.
    fn orphans(&self) -> BTreeMap<u32, Vec<u32>> {
        let mut orphans = BTreeMap::new();
        let mut bytes = Vec::new();
        for number in 2..=self.pages.count {
            if self.is_unknown(number) && self.pages.read(number, &mut bytes) {
                let page = TreePage::of(number, &bytes);
                let children = page.and_then(|page| page.children());
                // One that leads to another's pages is old, or none.
                let children = children.filter(|all| all.iter().all(|one| self.is_unknown(*one)));
                orphans.extend(children.map(|children| (number, children)));
            }
        }
        orphans
    }

    fn is_unknown(&self, number: u32) -> bool {
        self.survey.used(number) == Some(Use::Unknown)
    }

    fn is_broken(&self, tree: usize) -> bool {
        self.survey.found.get(tree).is_some_and(|found| found.broken)
    }

    /// What the copy says of a page, where that tree is broken.
    fn hint(&self, number: u32) -> Option<(usize, Use)> {
        self.hints?.of_page(number).filter(|(tree, _)| self.is_broken(*tree))
    }

    fn look(&self, index: usize, tree: &Tree, number: u32) -> Option<Looked> {
        let mut bytes = Vec::new();
        let hinted = self.hint(number).is_some_and(|(hinted, _)| hinted == index);
        let shortest = self.hints.map_or(0, |hints| hints.shortest(index));
        if !self.pages.read(number, &mut bytes) {
            return None;
        }
        let looked = tree.look(self.pages, number, &bytes, shortest)?;
        let sound = if hinted { looked.bad <= looked.rows } else { looked.bad == 0 };
        let own = looked.overflow.iter().all(|number| self.is_unknown(*number));
        let holds = looked.rows > 0 || !looked.is_leaf;
        (sound && own && holds).then_some(looked)
    }

    /// The pages of a group as they would be of a tree; none where they are not.
    fn as_of(&self, group: &Group, index: usize) -> Option<Vec<Looked>> {
        let tree = self.trees.get(index).filter(|_| self.is_broken(index))?;
        group.pages.iter().map(|number| self.look(index, tree, *number)).collect()
    }

    /// Whose a group is, and gives it to that.
    fn decide(&mut self, group: &Group) {
        let all =
            (0..self.trees.len()).filter_map(|index| Some((index, self.as_of(group, index)?)));
        let candidates: BTreeMap<usize, Vec<Looked>> = all.collect();
        let hinted = group.pages.iter().filter_map(|number| Some((self.hint(*number)?.0, *number)));
        let hinted = hinted.filter(|(tree, _)| candidates.contains_key(tree)).collect::<Vec<_>>();
        let only: Vec<usize> = candidates.keys().copied().collect();
        let whose = match (only.as_slice(), hinted.first()) {
            ([only], _) => Some(*only),
            (_, Some((tree, _))) => {
                let agreed = hinted.iter().all(|(other, _)| other == tree);
                let kept = hinted.iter().any(|(_, number)| self.keeps_a_row(*number));
                (agreed && kept).then_some(*tree)
            }
            _ => None,
        };
        match whose.and_then(|tree| Some((tree, candidates.get(&tree)?))) {
            Some((tree, looked)) => self.give(group, tree, looked),
            None => self.doubt(group, &candidates),
        }
    }

    /// Whether a page holds a row that it held in the copy.
    fn keeps_a_row(&self, number: u32) -> bool {
        let (mut now, mut then) = (Vec::new(), Vec::new());
        let read = self.pages.read(number, &mut now)
            && self.hints.is_some_and(|hints| hints.read(number, &mut then));
        let (Some(now), Some(then)) = (TreePage::of(number, &now), TreePage::of(number, &then))
        else {
            return false;
        };
        let rows = |page: &TreePage<'_>| -> BTreeSet<Vec<u8>> {
            let payloads = page.cells().flatten().filter_map(|cell| cell.payload);
            payloads.map(|payload| page.local(&payload).to_vec()).collect()
        };
        read && !rows(&now).is_disjoint(&rows(&then))
    }

    fn give(&mut self, group: &Group, tree: usize, looked: &[Looked]) {
        for (number, looked) in group.pages.iter().zip(looked) {
            self.survey.claim(tree, *number, looked);
        }
        for number in &group.missing {
            self.survey.lose(tree, *number, None, self.hints);
        }
        if let Some(found) = self.survey.found.get_mut(tree) {
            found.groups = found.groups.saturating_add(1);
        }
    }

    /// Nobody knows whose it is, of those it may be of.
    fn doubt(&mut self, group: &Group, candidates: &BTreeMap<usize, Vec<Looked>>) {
        for index in candidates.keys() {
            if let Some(found) = self.survey.found.get_mut(*index) {
                found.doubtful = true;
            }
        }
        if !candidates.is_empty() {
            for number in &group.pages {
                self.survey.set(*number, None, Use::Nothing);
            }
        }
        let of_tables = candidates
            .iter()
            .find(|(index, _)| self.trees.get(**index).is_some_and(|tree| tree.is_table));
        let Some((index, looked)) = of_tables else { return };
        if let Some(found) = self.survey.found.get_mut(*index) {
            let rows = looked.iter().fold(0_u64, |sum, looked| sum.saturating_add(looked.rows));
            found.undecided = found.undecided.saturating_add(rows);
        }
    }

    /// What is left cannot be read: it is the copy's owner's, or nobody's.
    fn leave_the_rest(&mut self) {
        let mut bytes = Vec::new();
        for number in 2..=self.pages.count {
            if !self.is_unknown(number) || self.pages.is_locked(number) {
                continue;
            }
            let read = self.pages.read(number, &mut bytes);
            let empty = read && bytes.iter().all(|byte| *byte == 0);
            match self.hint(number) {
                Some((tree, Use::Leaf | Use::Inner)) => {
                    self.survey.lose(tree, number, None, self.hints);
                }
                // It may be a free one.
                _ if empty && !self.survey.free_known => {}
                // It may be one of no rows still.
                _ if self.hints.is_some_and(|hints| hints.is_rowless(number)) => {
                    self.survey.unsure = true;
                }
                _ => self.survey.unowned = self.survey.unowned.saturating_add(1),
            }
        }
        self.count_cut_off();
    }

    /// What a file lacks at its end.
    fn count_cut_off(&mut self) {
        let mut known = 0;
        let in_copy = self.hints.map_or(0, Hints::pages);
        for number in self.pages.count.saturating_add(1)..=in_copy {
            if let Some((tree, Use::Leaf | Use::Inner)) = self.hint(number) {
                self.survey.lose(tree, number, None, self.hints);
                known += 1;
            }
        }
        let cut_off = self.pages.cut_off();
        let unowned = u64::from(cut_off).saturating_sub(known);
        self.survey.unowned = self.survey.unowned.saturating_add(unowned.min(CUT_OFF_AT_MOST));
        self.survey.unsure |= cut_off > 0;
    }
}
