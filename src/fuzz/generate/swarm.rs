//! The swarm: what one seed is made of. Each seed draws its own subset of acts and faults, its own weights and sizes, so
//! that some runs are all of one thing; reserved shares of the seeds have no fault, one fault, or few in a long run.

use std::collections::BTreeSet;

use super::draw::Draw;
use crate::model::Kind;
use crate::scenario::model::{Profile, Size, Weights};
use crate::scenario::vocabulary::{Act, Fault};

/// The sort of a run by its faults.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// Nothing goes wrong.
    FaultFree,
    /// One fault is armed.
    SingleFault,
    /// A long run with few faults.
    RareFault,
    /// Faults among acts.
    Mixed,
}

/// What one seed is made of.
pub struct Swarm {
    pub sort: Sort,
    /// Whether some clients stay away for good at the end.
    pub away: bool,
    pub steps: usize,
    pub acts: Vec<(Act, u32)>,
    pub faults: Vec<(Fault, u32)>,
    /// The acts that may come up at all.
    allowed: BTreeSet<Act>,
    /// The weights of the kinds.
    pub kinds: [u32; Kind::ALL.len()],
    /// The share of faults among the steps, in percent.
    pub fault_share: u32,
    /// The share of acts that take place inside a call, in percent.
    pub inside_share: u32,
    /// The share of cycles that nobody waits for, in percent.
    pub background_share: u32,
    /// How often what a step calls for comes next, in percent.
    pub follow_share: u32,
    /// Whether clients are closed, cut off or wrong about the time at the start.
    pub rough: bool,
    /// Whether users have privileges of their own.
    pub privileges: bool,
    /// Whether users have filters of their own.
    pub filters: bool,
    /// Whether clients have settings of their own.
    pub settings: bool,
}

impl Swarm {
    /// The swarm of a seed.
    pub fn new(draw: &mut Draw, profile: &Profile) -> Swarm {
        let phases = profile.phases;
        let shares = [phases.fault_free, phases.single_fault, phases.rare_fault, phases.mixed()];
        let sorts = [Sort::FaultFree, Sort::SingleFault, Sort::RareFault, Sort::Mixed];
        let faults = chosen(draw, Fault::ALL, &profile.faults, usual_fault, 45);
        let mut sort = sorts[draw.weighted(shares.into_iter()).unwrap_or(3)];
        if faults.is_empty() {
            sort = Sort::FaultFree;
        }
        let is_allowed = |act: &Act| profile.weights.allows(*act) && (sort != Sort::FaultFree || !is_mishap(*act));
        let allowed: BTreeSet<Act> = Act::ALL.iter().copied().filter(is_allowed).collect();
        let mut acts = chosen(draw, Act::ALL, &profile.weights, usual_act, 70);
        acts.retain(|(act, _)| allowed.contains(act));
        // Whatever else a seed leaves out: without these next to nothing happens.
        for act in [Act::Sync, Act::Edit, Act::Advance] {
            if acts.iter().all(|(known, _)| *known != act) && profile.weights.allows(act) {
                acts.push((act, profile.weights.of(act, usual_act(act))));
            }
        }
        let own = profile.own;
        let Size { least, most } = profile.sizes.steps;
        let steps = if sort == Sort::RareFault { most } else { draw.between(least, most) };
        let calm = sort == Sort::FaultFree;
        let mut swarm = Swarm {
            sort,
            away: draw.percent(phases.away),
            steps: steps as usize,
            acts,
            faults,
            allowed,
            kinds: Kind::ALL.map(|kind| profile.kinds.of(kind, 1)),
            fault_share: match sort {
                Sort::Mixed => draw.one_of([5, 10, 20]),
                Sort::RareFault => 2,
                Sort::FaultFree | Sort::SingleFault => 0,
            },
            inside_share: draw.one_of([0, 5, 15]),
            background_share: draw.one_of([0, 25, 60]),
            follow_share: draw.one_of([40, 70, 90]),
            rough: draw.percent(30) && !calm,
            privileges: false,
            filters: false,
            settings: false,
        };
        // Who has privileges of their own has filters of their own in the same runs, where both shares are alike.
        let restricted = draw.below(100) as u32;
        (swarm.privileges, swarm.filters) = (restricted < own.privileges, restricted < own.filters);
        swarm.settings = draw.percent(own.settings);
        swarm
    }

    /// Whether an act may come up at all.
    pub fn allows(&self, act: Act) -> bool {
        self.allowed.contains(&act)
    }
}

/// The words that one seed uses, with their weights: each of those that the profile allows with this chance, in percent.
fn chosen<W: Copy + Ord>(
    draw: &mut Draw,
    all: &[W],
    weights: &Weights<W>,
    usual: fn(W) -> u32,
    chance: u32,
) -> Vec<(W, u32)> {
    let mut words = Vec::new();
    let mut first: Option<(W, u32)> = None;
    for word in all {
        let weight = weights.of(*word, usual(*word));
        // Both are drawn for each word, so that what the profile says of one changes nothing about the others.
        let (is_in, times) = (draw.percent(chance), draw.one_of([1, 1, 2, 4]));
        if weight > 0 {
            let weight = weight.saturating_mul(times);
            first.get_or_insert((*word, weight));
            if is_in {
                words.push((*word, weight));
            }
        }
    }
    if words.is_empty() { first.into_iter().collect() } else { words }
}

/// How often an act comes up where the profile does not say.
pub fn usual_act(act: Act) -> u32 {
    match act {
        Act::Edit => 40,
        Act::Sync => 36,
        Act::Advance => 16,
        Act::Create | Act::Delete => 12,
        Act::Track => 10,
        Act::Complete
        | Act::Assign
        | Act::Share
        | Act::Untrack
        | Act::Copy
        | Act::Move
        | Act::Meet
        | Act::Accept
        | Act::SetRegarding => 5,
        Act::Reopen
        | Act::Decline
        | Act::OpenItem
        | Act::CloseItem
        | Act::Cancel
        | Act::Deactivate
        | Act::Reactivate
        | Act::Unshare
        | Act::SetFilter
        | Act::Crash
        | Act::Open
        | Act::Close => 4,
        Act::Grant
        | Act::Revoke
        | Act::Restart
        | Act::Connect
        | Act::Disconnect
        | Act::MakePrimary
        | Act::DisableAddin
        | Act::EnableAddin
        | Act::RestoreCache
        | Act::IgnoreErrors
        | Act::Answer => 3,
        Act::Archive
        | Act::LoseCache
        | Act::SaveCache
        | Act::SetClock
        | Act::Option
        | Act::Install
        | Act::Uninstall
        | Act::Reconfigure
        | Act::RemoveClient => 2,
        Act::Settle | Act::Heal | Act::MigrateMailbox | Act::PurgeDeletionLog | Act::RestartServer => 1,
    }
}

/// How often a fault comes up where the profile does not say.
pub fn usual_fault(fault: Fault) -> u32 {
    match fault {
        Fault::LoseRequest
        | Fault::LoseReply
        | Fault::DeliverTwice
        | Fault::CrashBefore
        | Fault::CrashAfter
        | Fault::TornWrite
        | Fault::FailWrite => 6,
        Fault::Delay | Fault::Reorder | Fault::Refuse | Fault::Garble | Fault::Cut | Fault::SlowCommit => 4,
        Fault::ShortPage
        | Fault::Partition
        | Fault::MissNotification
        | Fault::LateNotification
        | Fault::FalseNotification
        | Fault::Skew
        | Fault::Slow
        | Fault::StoreUnavailable
        | Fault::StoreEmpty => 3,
    }
}

/// Whether an act is a misfortune, which a run without faults does not have.
pub fn is_mishap(act: Act) -> bool {
    matches!(
        act,
        Act::Crash
            | Act::Disconnect
            | Act::LoseCache
            | Act::SaveCache
            | Act::RestoreCache
            | Act::SetClock
            | Act::MigrateMailbox
            | Act::PurgeDeletionLog
            | Act::RestartServer
            | Act::RemoveClient
    )
}
