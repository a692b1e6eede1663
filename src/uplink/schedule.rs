//! Which reports go next: by urgency, in order within a subject, several subjects at a time. Pure.
//!
//! A window of each class is held in memory; the rest stays on disk however long the queue is.

use crate::standard::interface::Interface;
use crate::store::{OutboxRow, Urgency};
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

/// Rows of a class held in memory at most, beside those that failed.
pub const WINDOW: usize = 1024;
/// The same with those that failed: they leave room for others, but not without end.
const WINDOW_WITH_FAILED: usize = 4 * WINDOW;
/// Bytes of one request at most; far below the 10 MB allowed, so that a slow line answers in time.
const BATCH_BYTES: usize = 1024 * 1024;

/// After so many requests that were taken twice as many rows go together again.
const TRY_MORE_AFTER: u32 = 32;

/// Base data come before everything: without them the platform refuses the rest.
const ORDER: [Urgency; 4] = [Urgency::BaseData, Urgency::Payment, Urgency::Record, Urgency::State];

/// What waits in memory and what is on its way.
#[derive(Debug, Default)]
pub struct Schedule {
    payment: Window,
    base_data: Window,
    record: Window,
    state: Window,
    subjects_in_flight: HashSet<String>,
    alone: HashSet<i64>,
    failures: HashMap<i64, u32>,
    unbatched: BTreeSet<u16>,
    /// How many rows of an interface go together at most, where more were not wanted.
    company: HashMap<u16, Company>,
}

#[derive(Debug)]
struct Company {
    most: usize,
    /// Requests taken since that was found out.
    taken: u32,
}

#[derive(Debug, Default)]
struct Window {
    rows: VecDeque<OutboxRow>,
    loaded_to: i64,
    exhausted: bool,
    in_flight: usize,
}

/// Rows of one interface on their way together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Their class.
    pub urgency: Urgency,
    /// The interface.
    pub code: u16,
    /// The rows, none of the same subject.
    pub rows: Vec<OutboxRow>,
}

impl Batch {
    /// What replies name a row by.
    pub fn key_of(&self, seq: i64) -> String {
        let row = self.rows.iter().find(|row| row.seq == seq);
        row.map_or_else(String::new, |row| row.key.clone())
    }

    /// A row was sent in vain.
    pub fn was_tried(&mut self, seq: i64) {
        for row in self.rows.iter_mut().filter(|row| row.seq == seq) {
            row.attempts = row.attempts.saturating_add(1);
        }
    }
}

impl Schedule {
    /// The classes that want more rows, and behind which sequence number.
    pub fn wanted(&self) -> Vec<(Urgency, i64)> {
        let wants = |urgency: &Urgency| {
            let window = self.window(*urgency);
            let room = || {
                let waits = |row: &&OutboxRow| !self.failures.contains_key(&row.seq);
                window.rows.iter().filter(waits).count() < WINDOW / 2
            };
            let rows = window.rows.len();
            !window.exhausted && (rows < WINDOW / 2 || (rows < WINDOW_WITH_FAILED && room()))
        };
        ORDER.into_iter().filter(wants).map(|u| (u, self.window(u).loaded_to)).collect()
    }

    /// Takes rows read for a class, in order.
    pub fn load(&mut self, urgency: Urgency, rows: Vec<OutboxRow>, asked: usize) {
        // What was refused while others were taken is suspect by itself.
        let suspect = rows.iter().filter(|row| !row.refused_for.is_zero());
        self.alone.extend(suspect.map(|row| row.seq));
        let window = self.window_mut(urgency);
        window.exhausted = rows.len() < asked;
        window.loaded_to = rows.last().map_or(window.loaded_to, |row| row.seq);
        window.rows.extend(rows);
    }

    /// The queue is another: all that waits in memory is read anew; what is on its way stays so.
    pub fn start_over(&mut self) {
        for urgency in ORDER {
            let window = self.window_mut(urgency);
            window.rows.clear();
            window.loaded_to = 0;
            window.exhausted = false;
        }
    }

    /// New rows were queued.
    pub fn more_queued(&mut self) {
        for urgency in ORDER {
            self.window_mut(urgency).exhausted = false;
        }
    }

    /// The next rows to send together, of those that may go; at most `limit` for their interface.
    pub fn next(
        &mut self,
        limit: impl Fn(u16) -> usize,
        may_go: impl Fn(&OutboxRow) -> bool,
    ) -> Option<Batch> {
        for urgency in ORDER {
            if let Some(batch) = self.next_of(urgency, &limit, &may_go) {
                return Some(batch);
            }
            // Base data that wait by themselves hold nobody back.
            let base_data = &self.base_data;
            let base_data_open = base_data.in_flight > 0 || base_data.rows.iter().any(&may_go);
            if urgency == Urgency::BaseData && (base_data_open || !base_data.exhausted) {
                return None;
            }
        }
        None
    }

    /// The interfaces of base data that wait.
    pub fn base_data_waiting(&self) -> HashSet<u16> {
        self.base_data.rows.iter().map(|row| row.code).collect()
    }

    fn next_of(
        &mut self,
        urgency: Urgency,
        limit: &impl Fn(u16) -> usize,
        may_go: &impl Fn(&OutboxRow) -> bool,
    ) -> Option<Batch> {
        // The lot before its entrances, entrances before their devices: one interface at a time.
        if urgency == Urgency::BaseData && self.base_data.in_flight > 0 {
            return None;
        }
        let chosen = self.choose(urgency, limit, may_go);
        let code = chosen.first()?.1;
        let seqs: HashSet<i64> = chosen.into_iter().map(|(seq, _)| seq).collect();
        let window = self.window_mut(urgency);
        let (rows, rest): (Vec<_>, Vec<_>) =
            window.rows.drain(..).partition(|row| seqs.contains(&row.seq));
        window.rows = rest.into();
        window.in_flight += rows.len();
        self.subjects_in_flight.extend(rows.iter().map(|row| row.subject.clone()));
        Some(Batch { urgency, code, rows })
    }

    fn choose(
        &self,
        urgency: Urgency,
        limit: &impl Fn(u16) -> usize,
        may_go: &impl Fn(&OutboxRow) -> bool,
    ) -> Vec<(i64, u16)> {
        let mut passed: HashSet<&str> = HashSet::new();
        // Whatever is passed over holds back the later rows of its subject.
        let mut free: Vec<&OutboxRow> = Vec::new();
        for row in &self.window(urgency).rows {
            let first = passed.insert(&row.subject);
            if first && !self.subjects_in_flight.contains(&row.subject) && may_go(row) {
                free.push(row);
            }
        }
        match urgency {
            Urgency::Payment => free.retain(|row| !self.is_before_its_entry(row, may_go)),
            // Whose payment waits for it goes first.
            Urgency::Record => free.sort_by_key(|row| !self.is_asked_for(row)),
            Urgency::BaseData | Urgency::State => {}
        }
        let failures = |row: &OutboxRow| self.failures.get(&row.seq).copied().unwrap_or(0);
        // Rows whose requests failed let the others go first and come back in ever smaller company, so
        // that one the platform chokes on holds up nobody for long.
        let Some(fewest) = free.iter().map(|row| failures(row)).min() else {
            return Vec::new();
        };
        let mut chosen: Vec<(i64, u16)> = Vec::new();
        let (mut most, mut bytes) = (1, 0);
        for row in free.into_iter().filter(|row| failures(row) == fewest) {
            let alone = self.alone.contains(&row.seq);
            match chosen.first() {
                None => {
                    let single = alone || self.unbatched.contains(&row.code) || !batches(row.code);
                    let limit = limit(row.code).min(self.company_of(row.code));
                    most = if single { 1 } else { (limit >> fewest.min(16)).max(1) };
                }
                Some((_, code)) if *code != row.code || alone => continue,
                Some(_) if bytes + row.body.len() > BATCH_BYTES => break,
                Some(_) => {}
            }
            bytes += row.body.len() + 1;
            chosen.push((row.seq, row.code));
            if chosen.len() >= most {
                break;
            }
        }
        chosen
    }

    /// Whether a payment is asked for of a record that is about to be told, and is not yet: the platform would not know it.
    fn is_before_its_entry(
        &self,
        payment: &OutboxRow,
        may_go: impl Fn(&OutboxRow) -> bool,
    ) -> bool {
        let Some(record) = record_of(payment) else { return false };
        let is_entry = |row: &&OutboxRow| row.code == ENTRY && row.subject == record;
        let goes = |row: &OutboxRow| may_go(row) && !self.failures.contains_key(&row.seq);
        let waits = self.record.rows.iter().find(is_entry);
        waits.map_or_else(|| self.subjects_in_flight.contains(&record), goes)
    }

    /// Whether a row tells of a record of which a payment waits.
    fn is_asked_for(&self, row: &OutboxRow) -> bool {
        let asks =
            |payment: &OutboxRow| record_of(payment).is_some_and(|record| record == row.subject);
        row.code == ENTRY && self.payment.rows.iter().any(asks)
    }

    /// These rows were not taken: one of them may be the reason.
    pub fn failed(&mut self, rows: impl IntoIterator<Item = i64>) {
        for row in rows {
            *self.failures.entry(row).or_default() += 1;
        }
    }

    /// So many rows of an interface were not wanted together: fewer go from now on, so that where even one is too many
    /// that is known after a few requests and not after all that waits.
    pub fn not_wanted_together(&mut self, code: u16, rows: usize) {
        let most = (rows / 2).max(1).min(self.company_of(code));
        self.company.insert(code, Company { most, taken: 0 });
    }

    /// A request of an interface was taken.
    pub fn taken_together(&mut self, code: u16) {
        let Some(company) = self.company.get_mut(&code) else { return };
        company.taken += 1;
        if company.taken >= TRY_MORE_AFTER {
            *company = Company { most: company.most * 2, taken: 0 };
        }
        if company.most > WINDOW {
            self.company.remove(&code);
        }
    }

    fn company_of(&self, code: u16) -> usize {
        self.company.get(&code).map_or(usize::MAX, |company| company.most)
    }

    /// Base data the platform missed for these rows were queued; they go first now.
    pub fn rebase(&mut self, batch: &mut Batch, seqs: &HashSet<i64>) {
        for row in batch.rows.iter_mut().filter(|row| seqs.contains(&row.seq)) {
            row.rebased = true;
        }
        self.more_queued();
    }

    /// Rows of a batch that do not wait any more, thrown away or replaced since they were read, do not go.
    pub fn drop_gone(&mut self, batch: Batch, waiting: &HashSet<i64>) -> Batch {
        let Batch { urgency, code, rows } = batch;
        let (rows, gone): (Vec<_>, Vec<_>) =
            rows.into_iter().partition(|row| waiting.contains(&row.seq));
        let seqs = gone.iter().map(|row| row.seq).collect();
        self.returned(Batch { urgency, code, rows: gone }, &seqs);
        Batch { urgency, code, rows }
    }

    /// A batch came back. Rows not among `settled` wait again, in their old places.
    pub fn returned(&mut self, batch: Batch, settled: &HashSet<i64>) {
        for row in &batch.rows {
            self.subjects_in_flight.remove(&row.subject);
        }
        let window = self.window_mut(batch.urgency);
        window.in_flight -= batch.rows.len();
        for row in batch.rows.into_iter().filter(|row| !settled.contains(&row.seq)) {
            let at = window.rows.partition_point(|waiting| waiting.seq < row.seq);
            // Read anew while it was on its way, it waits already.
            if window.rows.get(at).is_none_or(|waiting| waiting.seq != row.seq) {
                window.rows.insert(at, row);
            }
        }
        for seq in settled {
            self.alone.remove(seq);
            self.failures.remove(seq);
        }
    }

    /// These rows go alone from now on; their interface too where its replies do not name every element.
    pub fn send_alone(&mut self, code: u16, rows: &[i64], stop_batching: bool) {
        self.alone.extend(rows);
        if stop_batching {
            self.unbatched.insert(code);
        }
    }

    fn window(&self, urgency: Urgency) -> &Window {
        match urgency {
            Urgency::Payment => &self.payment,
            Urgency::BaseData => &self.base_data,
            Urgency::Record => &self.record,
            Urgency::State => &self.state,
        }
    }

    fn window_mut(&mut self, urgency: Urgency) -> &mut Window {
        match urgency {
            Urgency::Payment => &mut self.payment,
            Urgency::BaseData => &mut self.base_data,
            Urgency::Record => &mut self.record,
            Urgency::State => &mut self.state,
        }
    }
}

/// A parking record that begins.
const ENTRY: u16 = 5004;

/// The subject of the record that a payment is asked for.
fn record_of(payment: &OutboxRow) -> Option<String> {
    payment.subject.strip_prefix("order:").map(|record| format!("record:{record}"))
}

fn batches(code: u16) -> bool {
    Interface::find(code).is_some_and(Interface::batches)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    fn row(seq: i64, code: u16, subject: &str) -> OutboxRow {
        OutboxRow {
            seq,
            code,
            subject: subject.to_owned(),
            key: String::new(),
            body: "{}".to_owned(),
            attempts: 0,
            created: Timestamp::UNIX_EPOCH,
            rebased: false,
            refused_for: std::time::Duration::ZERO,
        }
    }

    #[test]
    fn what_was_thrown_away_since_it_was_read_does_not_go_and_holds_nothing_back() {
        let rows = [row(1, 5004, "a"), row(2, 5004, "b"), row(3, 5005, "a")];
        let mut schedule = schedule(&rows.map(|row| (Urgency::Record, row)));
        let batch = schedule.next(|_| 50, |_| true).unwrap();
        let batch = schedule.drop_gone(batch, &HashSet::from([2]));
        assert_eq!(batch.rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [2]);
        schedule.returned(batch, &HashSet::from([2]));
        let next = schedule.next(|_| 50, |_| true).unwrap();
        assert_eq!(next.rows.iter().map(|row| row.seq).collect::<Vec<_>>(), [3]);
        assert_eq!(schedule.next(|_| 50, |_| true), None);
    }

    fn schedule(rows: &[(Urgency, OutboxRow)]) -> Schedule {
        let mut schedule = Schedule::default();
        for urgency in Urgency::ALL {
            let of_class =
                rows.iter().filter(|(u, _)| *u == urgency).map(|(_, row)| row.clone()).collect();
            schedule.load(urgency, of_class, WINDOW);
        }
        schedule
    }

    fn seqs(batch: Option<&Batch>) -> Vec<i64> {
        batch.map(|batch| batch.rows.iter().map(|row| row.seq).collect()).unwrap_or_default()
    }

    #[test]
    fn what_is_read_anew_while_it_is_on_its_way_waits_once() {
        let rows = [row(1, 5004, "a"), row(2, 5004, "b")];
        let mut schedule = schedule(&rows.clone().map(|row| (Urgency::Record, row)));
        let batch = schedule.next(|_| 50, |_| true).unwrap();
        // The database has been put together anew meanwhile.
        schedule.start_over();
        schedule.load(Urgency::BaseData, Vec::new(), WINDOW);
        schedule.load(Urgency::Record, rows.to_vec(), WINDOW);
        assert_eq!(schedule.next(|_| 50, |_| true), None);
        schedule.returned(batch, &HashSet::from([2]));
        let again = schedule.next(|_| 50, |_| true).unwrap();
        assert_eq!(seqs(Some(&again)), [1, 2]);
        // The one that is settled has left the queue.
        let again = schedule.drop_gone(again, &HashSet::from([1]));
        schedule.returned(again, &HashSet::from([1]));
        assert_eq!(schedule.next(|_| 50, |_| true), None);
    }

    #[test]
    fn reports_of_one_record_go_one_after_the_other_and_others_do_not_wait() {
        let mut schedule = schedule(&[
            (Urgency::Record, row(1, 5004, "a")),
            (Urgency::Record, row(2, 5005, "a")),
            (Urgency::Record, row(3, 5004, "b")),
        ]);
        let first = schedule.next(|_| 50, |_| true).unwrap();
        assert_eq!(seqs(Some(&first)), [1, 3]);
        assert_eq!(schedule.next(|_| 50, |_| true), None);
        schedule.returned(first, &HashSet::from([1, 3]));
        assert_eq!(seqs(schedule.next(|_| 50, |_| true).as_ref()), [2]);
    }

    #[test]
    fn a_payment_waits_until_the_platform_knows_its_record_and_that_goes_first() {
        let mut schedule = schedule(&[
            (Urgency::Record, row(1, 5005, "record:a")),
            (Urgency::Record, row(2, 5004, "record:b")),
            (Urgency::Payment, row(3, 5007, "order:b")),
            (Urgency::Payment, row(4, 5007, "order:c")),
        ]);
        let free = |_: &OutboxRow| true;
        let first = schedule.next(|_| 100, free);
        assert_eq!(seqs(first.as_ref()), [4]);
        let entry = schedule.next(|_| 100, free).unwrap();
        assert_eq!(seqs(Some(&entry)), [2]);
        assert_eq!(seqs(schedule.next(|_| 100, free).as_ref()), [1], "it is on its way");
        schedule.returned(entry, &HashSet::from([2]));
        assert_eq!(seqs(schedule.next(|_| 100, free).as_ref()), [3]);
    }

    #[test]
    fn a_payment_waits_for_no_record_that_cannot_go() {
        let rows = [
            (Urgency::Record, row(1, 5004, "record:a")),
            (Urgency::Payment, row(2, 5007, "order:a")),
        ];
        let mut kept = schedule(&rows);
        assert_eq!(seqs(kept.next(|_| 100, |row| row.seq != 1).as_ref()), [2]);
        let mut failed = schedule(&rows);
        failed.failed([1]);
        assert_eq!(seqs(failed.next(|_| 100, |_| true).as_ref()), [2]);
    }

    #[test]
    fn nothing_goes_before_the_base_data_and_they_go_interface_by_interface() {
        let mut schedule = schedule(&[
            (Urgency::BaseData, row(1, 3001, "lot")),
            (Urgency::BaseData, row(2, 3003, "x")),
            (Urgency::BaseData, row(3, 3003, "y")),
            (Urgency::Payment, row(4, 5007, "o")),
            (Urgency::Record, row(5, 5004, "a")),
        ]);
        let mut order = Vec::new();
        while let Some(batch) = schedule.next(|_| 50, |_| true) {
            order.push(seqs(Some(&batch)));
            assert!(
                batch.urgency != Urgency::BaseData || schedule.next(|_| 50, |_| true).is_none()
            );
            let settled = batch.rows.iter().map(|row| row.seq).collect();
            schedule.returned(batch, &settled);
        }
        assert_eq!(order, [vec![1], vec![2, 3], vec![4], vec![5]]);
    }

    #[test]
    fn rows_sent_in_vain_wait_again_in_their_old_places() {
        let mut schedule =
            schedule(&[(Urgency::Record, row(1, 5004, "a")), (Urgency::Record, row(2, 5004, "b"))]);
        let batch = schedule.next(|_| 50, |_| true).unwrap();
        schedule.returned(batch, &HashSet::from([1]));
        schedule.send_alone(5004, &[2], false);
        assert_eq!(seqs(schedule.next(|_| 50, |_| true).as_ref()), [2]);
    }

    #[test]
    fn what_is_not_wanted_together_goes_in_smaller_company_until_that_went_well_for_long() {
        let rows: Vec<_> =
            (1..=1000).map(|seq| (Urgency::Record, row(seq, 5004, &seq.to_string()))).collect();
        let mut schedule = schedule(&rows);
        let mut sizes = Vec::new();
        // None is taken.
        loop {
            let batch = schedule.next(|_| 50, |_| true).unwrap();
            let size = batch.rows.len();
            sizes.push(size);
            if size == 1 {
                schedule.returned(batch, &HashSet::new());
                break;
            }
            schedule.not_wanted_together(5004, size);
            schedule.failed(batch.rows.iter().map(|row| row.seq));
            schedule.returned(batch, &HashSet::new());
        }
        assert_eq!(sizes, [50, 25, 12, 6, 3, 1], "known soon, however many wait");
        let mut largest = Vec::new();
        while let Some(batch) = schedule.next(|_| 50, |_| true) {
            largest.push(batch.rows.len());
            schedule.taken_together(5004);
            let all = batch.rows.iter().map(|row| row.seq).collect();
            schedule.returned(batch, &all);
        }
        assert_eq!((largest[31], largest[32], largest[64]), (1, 2, 4));
    }

    #[test]
    fn a_row_the_platform_chokes_on_soon_stands_alone_behind_the_others() {
        let rows: Vec<_> =
            (1..=8).map(|seq| (Urgency::Record, row(seq, 5004, &seq.to_string()))).collect();
        let mut schedule = schedule(&rows);
        let (mut delivered, mut requests) = (Vec::<i64>::new(), 0);
        while delivered.len() < 7 {
            let batch = schedule.next(|_| 8, |_| true).unwrap();
            requests += 1;
            assert!(requests < 20, "delivered only {delivered:?}");
            let mut settled = HashSet::new();
            if batch.rows.iter().any(|row| row.seq == 3) {
                schedule.failed(batch.rows.iter().map(|row| row.seq));
            } else {
                settled.extend(batch.rows.iter().map(|row| row.seq));
                delivered.extend(&settled);
            }
            schedule.returned(batch, &settled);
        }
        assert_eq!(seqs(schedule.next(|_| 8, |_| true).as_ref()), [3]);
    }

    #[test]
    fn what_waits_by_itself_holds_back_its_subject_and_nobody_else_base_data_included() {
        let mut schedule = schedule(&[
            (Urgency::BaseData, row(1, 3001, "lot")),
            (Urgency::Record, row(2, 5004, "a")),
            (Urgency::Record, row(3, 5005, "a")),
            (Urgency::Record, row(4, 5004, "b")),
        ]);
        let may_go = |row: &OutboxRow| row.seq > 2;
        assert_eq!(schedule.base_data_waiting(), HashSet::from([3001]));
        assert_eq!(seqs(schedule.next(|_| 50, may_go).as_ref()), [4]);
        assert_eq!(schedule.next(|_| 50, may_go), None);
    }

    #[test]
    fn rows_that_fail_leave_room_for_others() {
        let mut schedule = Schedule::default();
        let rows: Vec<_> = (1..=1024).map(|seq| row(seq, 5004, &seq.to_string())).collect();
        schedule.load(Urgency::Record, rows, WINDOW);
        let wants = |schedule: &Schedule| schedule.wanted().contains(&(Urgency::Record, 1024));
        assert!(!wants(&schedule));
        schedule.failed(1..=600);
        assert!(wants(&schedule));
    }

    #[test]
    fn an_interface_whose_replies_leave_elements_unnamed_goes_one_at_a_time() {
        let mut schedule =
            schedule(&[(Urgency::Record, row(1, 5004, "a")), (Urgency::Record, row(2, 5004, "b"))]);
        schedule.send_alone(5004, &[], true);
        assert_eq!(seqs(schedule.next(|_| 50, |_| true).as_ref()), [1]);
    }

    proptest! {
        #[test]
        fn whatever_fails_and_however_it_is_batched_each_row_goes_once_and_in_order(
            subjects in prop::collection::vec((0_u8..6, 0_usize..3), 1..80),
            limit in 1_usize..9,
            fates in prop::collection::vec(any::<bool>(), 1..200),
        ) {
            let codes = [5004, 5005, 5008];
            let rows: Vec<_> = subjects.iter().zip(1..).map(|((subject, code), seq)| {
                (Urgency::Record, row(seq, codes[*code], &subject.to_string()))
            }).collect();
            let mut schedule = schedule(&rows);
            let (mut delivered, mut flying) = (Vec::new(), VecDeque::new());
            let mut fates = fates.into_iter().chain(std::iter::repeat(true));
            loop {
                while flying.len() < 3 && let Some(batch) = schedule.next(|_| limit, |_| true) {
                    prop_assert!(batch.rows.len() <= limit);
                    prop_assert!(batch.rows.iter().all(|row| row.code == batch.code));
                    flying.push_back(batch);
                }
                let Some(batch) = flying.pop_front() else { break };
                let settled: HashSet<i64> =
                    batch.rows.iter().filter(|_| fates.next().unwrap_or(true)).map(|row| row.seq).collect();
                delivered.extend(batch.rows.iter().filter(|row| settled.contains(&row.seq)).cloned());
                schedule.returned(batch, &settled);
            }
            prop_assert_eq!(delivered.len(), rows.len());
            for subject in 0..6 {
                let order: Vec<_> = delivered.iter().filter(|row| row.subject == subject.to_string()).map(|row| row.seq).collect();
                prop_assert!(order.is_sorted(), "{:?}", order);
            }
        }
    }
}
