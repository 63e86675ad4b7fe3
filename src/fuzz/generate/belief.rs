//! What the generator believes of the world while it draws: who runs where, what exists, who holds what.
//!
//! It follows the steps by their words alone and runs nothing. Where it is wrong (a fault struck, a cycle came later), a
//! step is drawn that cannot apply, and the run skips it. A step is taken as it stands in the scenario, so that a scenario
//! that somebody else began can be gone on with.

use crate::model::{Kind, Privilege, Privileges, Role};
use crate::scenario::Scenario;
use crate::scenario::model::{Body, Client, Item, User, Where};
use crate::sim::Span;

/// A user.
pub struct Person {
    pub id: String,
    pub privileges: Privileges,
    /// The filters by name, with their kind and whether they count.
    pub filters: Vec<(String, Kind, bool)>,
}

/// A client.
pub struct Desk {
    pub id: String,
    pub user: usize,
    pub mailbox: usize,
    /// What it is now.
    pub role: Role,
    /// What the file says that it is.
    pub stated: Role,
    pub running: bool,
    pub online: bool,
    pub addin: bool,
    pub installed: bool,
    /// Whether it has a row in SubscriptionClients.
    pub registered: bool,
    /// The steps that saved a copy of its cache file.
    pub saves: Vec<String>,
}

/// What became of something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Life {
    Never,
    Live,
    /// An item that lies in another folder.
    Moved,
    Gone,
}

/// An item in a mailbox.
#[derive(Clone, Copy)]
pub struct Held {
    pub mailbox: usize,
    pub life: Life,
    pub tracked: bool,
    /// The client where its inspector is open.
    pub open_on: Option<usize>,
}

/// What an alias stands for.
pub struct Thing {
    pub alias: String,
    /// The id of the entry whose copy it is.
    pub group: Option<String>,
    pub kind: Kind,
    pub owner: usize,
    /// The owner as far as the file tells, which the checks of the format ask for.
    pub stated_owner: Option<usize>,
    pub record: Life,
    pub held: Vec<Held>,
    pub shared: Vec<usize>,
    /// The number of the step that touched it last.
    pub touched: usize,
    /// Whether it is declared and no step made it yet.
    pub unmade: bool,
}

/// The world as the generator believes it to be.
pub struct Belief {
    pub people: Vec<Person>,
    pub desks: Vec<Desk>,
    pub things: Vec<Thing>,
    /// The time from the start that the file tells of.
    pub now: Span,
    /// How many steps there were.
    pub steps: usize,
}

impl Desk {
    /// Whether it can synchronize by itself now.
    pub fn works(&self) -> bool {
        self.running && self.addin && self.online && self.installed
    }
}

impl Thing {
    /// The item in a mailbox.
    pub fn in_box(&self, mailbox: usize) -> Option<&Held> {
        self.held.iter().rev().find(|held| held.mailbox == mailbox)
    }

    /// The item in a mailbox, which it has from now on.
    pub fn hold(&mut self, mailbox: usize) -> &mut Held {
        let at = self.held.iter().rposition(|held| held.mailbox == mailbox).unwrap_or_else(|| {
            self.held.push(Held { mailbox, life: Life::Live, tracked: false, open_on: None });
            self.held.len() - 1
        });
        &mut self.held[at]
    }
}

impl Belief {
    /// What is so at the start of a scenario; its steps are not looked at.
    pub fn new(scenario: &Scenario) -> Belief {
        let mut belief = Belief {
            people: scenario.users.iter().map(person).collect(),
            desks: Vec::new(),
            things: Vec::new(),
            now: Span::ZERO,
            steps: 0,
        };
        belief.desks = scenario.clients.iter().map(|client| belief.desk(client)).collect();
        for item in &scenario.items {
            belief.declare(item);
        }
        belief
    }

    fn desk(&self, client: &Client) -> Desk {
        Desk {
            id: client.id.clone(),
            user: self.person(&client.user),
            mailbox: self.person(&client.mailbox),
            role: client.role,
            stated: client.role,
            running: client.running,
            online: client.online,
            addin: client.addin,
            installed: true,
            registered: client.role != Role::Delegate,
            saves: Vec::new(),
        }
    }

    /// Takes an entry of `items`.
    fn declare(&mut self, item: &Item) {
        let (owner, holder) = (self.person(&item.owner), self.person(&item.holder));
        let record = if matches!(item.side, Where::Crm | Where::Both) { Life::Live } else { Life::Never };
        let in_box = matches!(item.side, Where::Outlook | Where::Both);
        let tracked = item.side == Where::Both || item.tracked;
        let held = Held { mailbox: holder, life: Life::Live, tracked, open_on: None };
        for alias in item.aliases() {
            self.things.push(Thing {
                alias,
                group: item.copies.map(|_| item.id.clone()),
                kind: item.kind,
                owner,
                stated_owner: (item.side != Where::None).then_some(owner),
                record,
                held: if in_box { vec![held] } else { Vec::new() },
                shared: item.shared_with.iter().map(|user| self.person(user)).collect(),
                touched: 0,
                unmade: item.side == Where::None,
            });
        }
    }

    /// The place of a user; the first where there is none of that name.
    pub fn person(&self, id: &str) -> usize {
        self.people.iter().position(|person| person.id == id).unwrap_or(0)
    }

    /// The place of a client.
    pub fn desk_named(&self, id: &str) -> Option<usize> {
        self.desks.iter().position(|desk| desk.id == id)
    }

    /// The things that a name stands for: one, or with `alias*` all copies.
    pub fn named(&self, name: &str) -> Vec<usize> {
        let fits = |thing: &Thing| match name.strip_suffix('*') {
            Some(base) => thing.group.as_deref() == Some(base),
            None => thing.alias == name,
        };
        (0..self.things.len()).filter(|at| fits(&self.things[*at])).collect()
    }

    /// Whether a user has a right on a record of everybody, or on this one.
    pub fn may(&self, user: usize, thing: &Thing, right: crate::model::Right) -> bool {
        let everywhere = self.people[user].privileges.has(Privilege::Of(right, thing.kind));
        everywhere || thing.owner == user || thing.shared.contains(&user)
    }

    /// Follows one step.
    pub fn follow(&mut self, step: &crate::scenario::model::Step) {
        self.steps += 1;
        if let Some(at) = step.at {
            self.now = at.max(self.now);
        }
        if let Body::Do(act, args) = &step.body {
            self.act(*act, args, step);
        }
    }

    /// A mailbox and CRM learn of each other, if a client does that now.
    pub fn synchronize(&mut self, mailbox: usize) {
        let works = |desk: &Desk| desk.mailbox == mailbox && desk.role.synchronizes() && desk.works();
        if !self.desks.iter().any(works) {
            return;
        }
        for thing in &mut self.things {
            let (mine, record) = (thing.owner == mailbox, thing.record);
            let Some(held) = thing.held.iter_mut().rev().find(|held| held.mailbox == mailbox) else {
                if record == Life::Live && (mine || thing.shared.contains(&mailbox)) {
                    thing.hold(mailbox).tracked = true;
                }
                continue;
            };
            match (held.life, record, held.tracked) {
                (Life::Live, Life::Never, true) => thing.record = Life::Live,
                (Life::Gone, Life::Live, true) if mine => thing.record = Life::Gone,
                (Life::Live, Life::Gone, true) => (held.life, held.tracked) = (Life::Gone, false),
                _ => {}
            }
        }
    }
}

fn person(user: &User) -> Person {
    let filters = user.filters.iter().map(|filter| (filter.id.clone(), filter.kind, filter.active));
    Person { id: user.id.clone(), privileges: user.privileges, filters: filters.collect() }
}
