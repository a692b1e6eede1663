//! Whose each page is, by the ways that lead from roots; what was found of each tree on them, and which ways end in the dark.

use super::Loss;
use super::pages::Pages;
use super::trees::{Looked, Tree, trees};
use rusqlite::Connection;

/// No tree is deeper.
const DEEPEST: u32 = 40;

/// What a page is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// Nobody has come to it.
    Unknown,
    /// It is free, or holds nothing by design.
    Nothing,
    Inner,
    Leaf,
    /// A row goes on in it.
    Overflow,
    /// It belongs to a tree and cannot be read.
    Bad,
}

/// A page of a tree that cannot be read.
#[derive(Debug, Clone, Copy)]
struct Lost {
    /// How far below the root; none where only the copy says that it is of the tree.
    depth: Option<u32>,
    /// What it was in the copy.
    was: Option<Use>,
}

/// What was found of a tree.
#[derive(Debug, Default)]
pub(super) struct TreeFound {
    /// Whether a way in it ends in the dark.
    pub(super) broken: bool,
    leaves: u64,
    rows: u64,
    bad_rows: u64,
    shortest: Option<usize>,
    /// How far below the root leaves are.
    leaf_depth: Option<u32>,
    lost: Vec<Lost>,
    /// Groups of pages that were found off the ways.
    pub(super) groups: u64,
    /// Rows that may be its or another's.
    pub(super) undecided: u64,
    /// Whether there are any that may be its.
    pub(super) doubtful: bool,
    /// Rows a leaf in the copy.
    before: Option<u64>,
}

/// Whose each page is.
#[derive(Debug)]
pub(super) struct Survey {
    owners: Vec<u16>,
    uses: Vec<Use>,
    pub(super) found: Vec<TreeFound>,
    /// Whether it is known which pages are free.
    pub(super) free_known: bool,
    /// Pages that cannot be read and are nobody's.
    pub(super) unowned: u64,
    /// Whether there are others of which nobody knows whether they held rows.
    pub(super) unsure: bool,
}

/// What a page was in the copy.
pub(super) struct Hints<'c> {
    pages: &'c Pages,
    survey: Survey,
    /// Which tree of the damaged one each of the copy's is.
    trees: Vec<Option<usize>>,
}

impl<'c> Hints<'c> {
    /// Looks through a copy.
    pub(super) fn of(
        pages: &'c Pages,
        schema: &Connection,
        now: &[Tree],
    ) -> rusqlite::Result<Self> {
        let then = trees(schema)?;
        let survey = Survey::from_roots(pages, &then, None);
        let same = |tree: &Tree| now.iter().position(|other| other.name == tree.name);
        let trees = then.iter().map(same).collect();
        Ok(Self { pages, survey, trees })
    }

    /// Which tree of the damaged one a page was of, and for what.
    pub(super) fn of_page(&self, number: u32) -> Option<(usize, Use)> {
        let at = place(number);
        let tree = self.survey.owner(number)?;
        Some(((*self.trees.get(tree)?)?, *self.survey.uses.get(at)?))
    }

    /// How many pages the copy has.
    pub(super) fn pages(&self) -> u32 {
        self.pages.count
    }

    /// Whether the copy knows a page as one without rows.
    pub(super) fn is_rowless(&self, number: u32) -> bool {
        let used = self.survey.uses.get(place(number));
        matches!(used, Some(Use::Nothing | Use::Overflow | Use::Inner))
    }

    /// The bytes of a page in the copy.
    pub(super) fn read(&self, number: u32, into: &mut Vec<u8>) -> bool {
        self.pages.read(number, into)
    }

    fn found(&self, tree: usize) -> Option<&TreeFound> {
        let then = self.trees.iter().position(|now| *now == Some(tree))?;
        self.survey.found.get(then)
    }

    /// The fewest columns that a row of a tree had; rows get no shorter.
    pub(super) fn shortest(&self, tree: usize) -> usize {
        self.found(tree).and_then(|found| found.shortest).unwrap_or(0)
    }
}

/// Where a page stands in what is kept of each.
fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX).saturating_sub(1)
}

impl TreeFound {
    fn rows_of_a_leaf(&self, guess: u64) -> u64 {
        match self.rows.checked_div(self.leaves) {
            Some(rows) if rows > 0 => rows,
            _ => self.before.unwrap_or(guess),
        }
    }

    /// Whether a lost page had pages below it.
    fn was_inner(&self, lost: Lost) -> bool {
        match (lost.depth, self.leaf_depth) {
            (Some(depth), Some(leaves)) => depth < leaves,
            (Some(_), None) => self.groups > 0 || lost.was == Some(Use::Inner),
            (None, _) => lost.was == Some(Use::Inner),
        }
    }

    fn lost(&self, inner: bool) -> u64 {
        let of_the_kind = self.lost.iter().filter(|lost| self.was_inner(**lost) == inner);
        u64::try_from(of_the_kind.count()).unwrap_or(u64::MAX)
    }
}

impl Survey {
    /// Goes the ways from all roots.
    pub(super) fn from_roots(pages: &Pages, trees: &[Tree], hints: Option<&Hints<'_>>) -> Self {
        let count = usize::try_from(pages.count).unwrap_or(0);
        let before = |tree| {
            let found = hints?.found(tree)?;
            Some(found.rows.checked_div(found.leaves)?.max(1))
        };
        let found =
            (0..trees.len()).map(|tree| TreeFound { before: before(tree), ..TreeFound::default() });
        let mut survey = Self {
            owners: vec![0; count],
            uses: vec![Use::Unknown; count],
            found: found.collect(),
            free_known: false,
            unowned: 0,
            unsure: false,
        };
        for (index, tree) in trees.iter().enumerate() {
            match tree.root {
                Some(root) => survey.walk(pages, index, (tree, root), hints),
                None => survey.found.get_mut(index).into_iter().for_each(|one| one.broken = true),
            }
        }
        let (free, all) = pages.free();
        for number in free {
            if survey.used(number) == Some(Use::Unknown) {
                survey.set(number, None, Use::Nothing);
            }
        }
        survey.free_known = all;
        survey
    }

    fn walk(
        &mut self,
        pages: &Pages,
        index: usize,
        (tree, root): (&Tree, u32),
        hints: Option<&Hints<'_>>,
    ) {
        let (mut ways, mut bytes) = (vec![(root, 0_u32)], Vec::new());
        while let Some((number, depth)) = ways.pop() {
            let open = depth < DEEPEST && self.used(number) == Some(Use::Unknown);
            let read = open && pages.read(number, &mut bytes);
            let looked = if read { tree.look(pages, number, &bytes, 0) } else { None };
            // One of which more is wrong than right is another's, or nobody's.
            let Some(looked) = looked.filter(|looked| looked.bad <= looked.rows) else {
                self.lose(index, number, Some(depth), hints);
                continue;
            };
            self.claim(index, number, &looked);
            if let Some(found) = self.found.get_mut(index).filter(|_| looked.is_leaf) {
                found.leaf_depth = Some(depth);
            }
            ways.extend(looked.children.iter().map(|child| (*child, depth.saturating_add(1))));
        }
    }

    /// What a page is used for; none where there is no such page.
    pub(super) fn used(&self, number: u32) -> Option<Use> {
        self.uses.get(place(number)).copied().filter(|_| number > 0)
    }

    fn owner(&self, number: u32) -> Option<usize> {
        usize::from(*self.owners.get(place(number))?).checked_sub(1)
    }

    pub(super) fn set(&mut self, number: u32, owner: Option<usize>, used: Use) {
        let at = place(number);
        let owner = owner.and_then(|owner| u16::try_from(owner.checked_add(1)?).ok()).unwrap_or(0);
        if let (Some(one), Some(two)) = (self.owners.get_mut(at), self.uses.get_mut(at)) {
            (*one, *two) = (owner, used);
        }
    }

    /// A page is of a tree.
    pub(super) fn claim(&mut self, index: usize, number: u32, looked: &Looked) {
        self.set(number, Some(index), if looked.is_leaf { Use::Leaf } else { Use::Inner });
        for number in &looked.overflow {
            if self.used(*number) == Some(Use::Unknown) {
                self.set(*number, Some(index), Use::Overflow);
            }
        }
        let Some(found) = self.found.get_mut(index) else { return };
        found.leaves = found.leaves.saturating_add(u64::from(looked.is_leaf));
        found.rows = found.rows.saturating_add(looked.rows);
        found.bad_rows = found.bad_rows.saturating_add(looked.bad);
        found.shortest = found.shortest.into_iter().chain(looked.shortest).min();
    }

    /// A page is of a tree and cannot be read.
    pub(super) fn lose(
        &mut self,
        index: usize,
        number: u32,
        depth: Option<u32>,
        hints: Option<&Hints<'_>>,
    ) {
        if self.used(number) == Some(Use::Unknown) {
            self.set(number, Some(index), Use::Bad);
        }
        let was = hints.and_then(|hints| hints.of_page(number));
        let was = was.filter(|(tree, _)| *tree == index).map(|(_, used)| used);
        if let Some(found) = self.found.get_mut(index) {
            found.broken = true;
            found.lost.push(Lost { depth, was });
        }
    }

    /// The pages of a tree that can be read.
    pub(super) fn pages_of(&self, index: usize) -> impl Iterator<Item = u32> + '_ {
        let is_its = move |number: &u32| {
            self.owner(*number) == Some(index)
                && matches!(self.used(*number), Some(Use::Leaf | Use::Inner))
        };
        (1..=u32::try_from(self.uses.len()).unwrap_or(u32::MAX)).filter(is_its)
    }

    /// What of a tree cannot be read. A page of which nothing is known is guessed to have so many rows.
    pub(super) fn loss(&self, index: usize, by_key: bool, guess: u64) -> Loss {
        let Some(found) = self.found.get(index) else { return Loss { rows: 1, at_most: guess } };
        let known = found.bad_rows.saturating_add(found.undecided);
        if !found.broken {
            return Loss { rows: known, at_most: known };
        }
        // Rows stand between the pages below an inner one, too.
        let between = if by_key { found.lost(true).max(found.groups.saturating_sub(1)) } else { 0 };
        let known = known.saturating_add(between);
        let sharing = self.found.iter().filter(|found| found.broken).count();
        let shared = self.unowned.div_ceil(u64::try_from(sharing).unwrap_or(1).max(1));
        let pages = found.lost(false).saturating_add(shared);
        let each = found.rows_of_a_leaf(guess);
        let unsure = u64::from(found.doubtful || !self.free_known || self.unsure);
        Loss {
            rows: pages.saturating_mul(each).saturating_add(known).max(unsure),
            at_most: pages.saturating_mul(each.max(guess)).saturating_add(known).max(unsure),
        }
    }
}
