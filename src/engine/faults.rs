//! Faults that are armed and acts that wait for a point inside a call.
//!
//! Both are addressed the same way: a client, a call, perhaps an item and a table, and which such call from the moment of
//! arming. Each looks at every call once, so that `nth` counts calls and not chances.

use crate::model::{Answer, Call, ClientId, ItemId, Table};
use crate::scenario::model::{Args, Point, When};
use crate::scenario::vocabulary::{Fault, Key};
use crate::sim::Span;

/// One call, as faults see it.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// Who makes it.
    pub client: ClientId,
    /// The call.
    pub call: Call,
    /// The table, for a write to the cache file.
    pub table: Option<Table>,
    /// The alias of the item that it concerns.
    pub alias: Option<u32>,
    /// The item.
    pub item: Option<ItemId>,
}

/// What a fault or a point matches.
#[derive(Clone, Debug)]
pub struct Address {
    /// The client; `None` where the server itself is struck.
    client: Option<ClientId>,
    call: Option<Call>,
    table: Option<Table>,
    /// The aliases it concerns; all where empty.
    aliases: Vec<u32>,
}

impl Address {
    /// The address in the keys of a fault.
    #[must_use]
    pub fn of_fault(client: Option<ClientId>, args: &Args, aliases: Vec<u32>) -> Address {
        let call = args.text(Key::Call).and_then(Call::parse);
        Address { client, call, table: args.text(Key::Table).and_then(Table::parse), aliases }
    }

    /// The address of a point.
    #[must_use]
    pub fn of_point(client: ClientId, when: &When, aliases: Vec<u32>) -> Address {
        Address { client: Some(client), call: Some(when.call), table: when.table, aliases }
    }

    /// The client that it concerns; `None` for the server.
    #[must_use]
    pub fn client(&self) -> Option<ClientId> {
        self.client
    }

    fn concerns(&self, alias: u32) -> bool {
        self.aliases.is_empty() || self.aliases.contains(&alias)
    }

    fn matches(&self, made: &Made) -> bool {
        self.client == Some(made.client)
            && self.call.is_none_or(|call| call == made.call)
            && self.table.is_none_or(|table| Some(table) == made.table)
            && (self.aliases.is_empty() || made.alias.is_some_and(|alias| self.aliases.contains(&alias)))
    }
}

/// An armed fault.
#[derive(Clone, Debug)]
pub struct Armed {
    /// The step that armed it.
    pub step: usize,
    /// The fault.
    pub fault: Fault,
    /// What it strikes.
    pub address: Address,
    /// How many matching calls pass before it strikes.
    pub skip: u32,
    /// How often it still strikes; unlimited inside a window.
    pub left: u32,
    /// The step that ends it.
    pub until: Option<String>,
    /// How often it struck.
    pub struck: u32,
    /// How long it lasts, or how far a clock is off.
    pub by: Span,
    /// The code of a refusal.
    pub code: Option<Answer>,
    /// The requests that wait to be overtaken.
    pub held: Vec<u32>,
    /// Whether the connection is cut now.
    pub is_cut: bool,
    /// Whether a client that it crashed starts again at once.
    pub restart: bool,
}

/// A call that a fault of a kind could strike, as an armed one would count it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chance {
    /// The kind of fault.
    pub fault: Fault,
    /// Who makes the call.
    pub client: ClientId,
    /// The call.
    pub call: Call,
    /// The table, for a write to the cache file.
    pub table: Option<Table>,
    /// The alias of the item that it concerns.
    pub alias: Option<u32>,
    /// Whether a fault of the kind did strike it.
    pub struck: bool,
}

impl Armed {
    /// Whether it will never strike again, and nothing that it did lasts.
    fn is_over(&self) -> bool {
        self.left == 0 && !self.is_cut && self.held.is_empty()
    }

    /// Whether this is an open window of a kind that no call narrows down.
    fn is_window(&self, client: ClientId, kind: Fault) -> bool {
        let concerns = self.address.client.is_none_or(|of| of == client) && self.address.call.is_none();
        self.fault == kind && self.left > 0 && concerns
    }
}

/// An act that waits for a point.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The step of the act.
    pub step: usize,
    /// The call.
    pub address: Address,
    /// Where inside it.
    pub point: Point,
    /// How many matching calls pass before it.
    pub skip: u32,
    /// Whether it was reached.
    pub reached: bool,
}

/// All that is armed.
#[derive(Clone, Debug, Default)]
pub struct Arsenal {
    /// The faults, in the order of arming.
    pub faults: Vec<Armed>,
    /// Those that may still do something, by their places, in the same order: of a long run most are over.
    active: Vec<usize>,
    /// The acts that wait, in file order.
    pub waiting: Vec<Waiting>,
    /// Every chance that a fault had, while somebody wants to know.
    pub chances: Option<Vec<Chance>>,
}

impl Arsenal {
    /// Arms a fault.
    pub fn arm(&mut self, armed: Armed) {
        self.active.push(self.faults.len());
        self.faults.push(armed);
    }

    /// Looks no more at the faults that are over.
    pub fn lay_aside(&mut self) {
        let faults = &self.faults;
        self.active.retain(|index| !faults[*index].is_over());
    }

    /// The first active fault that `is_it` holds for, counted as struck.
    fn struck(&mut self, is_it: impl Fn(&Armed) -> bool) -> Option<Armed> {
        let index = self.active.iter().copied().find(|index| is_it(&self.faults[*index]))?;
        self.faults[index].struck += 1;
        Some(self.faults[index].clone())
    }

    /// The fault of one of these kinds that strikes this call, counted as struck. Every armed fault of these kinds that
    /// the call matches counts it.
    pub fn strike(&mut self, made: &Made, kinds: &[Fault]) -> Option<Armed> {
        let taken = self.take(kinds, |address| address.matches(made));
        if let Some(chances) = &mut self.chances {
            let Made { client, call, table, alias, .. } = *made;
            let struck = taken.is_some();
            chances.extend(kinds.iter().map(|fault| Chance { fault: *fault, client, call, table, alias, struck }));
        }
        let index = taken?;
        self.faults[index].struck += 1;
        Some(self.faults[index].clone())
    }

    /// The fault of this kind that strikes what a person does in CRM to an alias, counted as struck.
    pub fn strike_in_crm(&mut self, alias: u32, kind: Fault) -> Option<Armed> {
        let index = self.take(&[kind], |address| address.client.is_none() && address.concerns(alias))?;
        self.faults[index].struck += 1;
        Some(self.faults[index].clone())
    }

    /// The fault that takes effect on what is addressed. Where that alone does no harm yet, it has not struck.
    fn take(&mut self, kinds: &[Fault], addressed: impl Fn(&Address) -> bool) -> Option<usize> {
        let mut taken: Option<usize> = None;
        for index in self.active.iter().copied() {
            let armed = &mut self.faults[index];
            if !kinds.contains(&armed.fault) || !addressed(&armed.address) || !armed.held.is_empty() {
                continue;
            }
            if armed.skip > 0 {
                armed.skip -= 1;
            } else if armed.left > 0 && taken.is_none() {
                armed.left -= 1;
                taken = Some(index);
            }
        }
        taken
    }

    /// Holds a request back where a fault says so, until it is overtaken: by the next such request, which is not held back too.
    pub fn hold(&mut self, made: &Made, number: u32) -> bool {
        let taken = self.take(&[Fault::Reorder], |address| address.matches(made));
        taken.into_iter().for_each(|index| self.faults[index].held.push(number));
        taken.is_some()
    }

    /// The requests that a request overtakes as it arrives, and the steps of the faults that held them back, which have
    /// struck now.
    pub fn overtaken(&mut self, made: &Made) -> Vec<(usize, Vec<u32>)> {
        let mut overtaken = Vec::new();
        for index in self.active.iter().copied() {
            let armed = &mut self.faults[index];
            if !armed.held.is_empty() && armed.address.matches(made) {
                armed.struck += 1;
                overtaken.push((armed.step, std::mem::take(&mut armed.held)));
            }
        }
        overtaken
    }

    /// The requests that wait to be overtaken will never arrive.
    pub fn lose_held(&mut self) {
        self.faults.iter_mut().for_each(|armed| armed.held.clear());
    }

    /// Cuts a client's connection where a fault says so: it strikes once something does not get through.
    pub fn cut(&mut self, made: &Made) {
        if let Some(index) = self.take(&[Fault::Cut], |address| address.matches(made)) {
            self.faults[index].is_cut = true;
        }
    }

    /// An operation of a client is over, and with it the cuts that were to last no longer.
    pub fn end_cuts(&mut self, client: ClientId) {
        for index in self.active.iter().copied() {
            let armed = &mut self.faults[index];
            armed.is_cut &= armed.until.is_some() || armed.address.client != Some(client);
        }
    }

    /// Whether nothing gets through between a client and the server; counted as struck.
    pub fn severed(&mut self, client: ClientId) -> Option<Armed> {
        let cut = self.struck(|armed| armed.is_cut && armed.address.client == Some(client));
        cut.or_else(|| self.window(client, Fault::Partition))
    }

    /// Whether a window of this kind is open for everything that a client does, or for everybody; counted as struck.
    pub fn window(&mut self, client: ClientId, kind: Fault) -> Option<Armed> {
        self.struck(|armed| armed.is_window(client, kind))
    }

    /// Whether a window of this kind is open for this call; counted as struck.
    pub fn window_at(&mut self, made: &Made, kind: Fault) -> Option<Armed> {
        self.struck(|armed| armed.fault == kind && armed.left > 0 && armed.address.matches(made))
    }

    /// Whether a window of this kind is open for everything that a client does; nothing is counted.
    #[must_use]
    pub fn is_open(&self, client: ClientId, kind: Fault) -> bool {
        self.active.iter().any(|index| self.faults[*index].is_window(client, kind))
    }

    /// The acts that wait for this point of this call, in file order.
    pub fn reached(&mut self, made: &Made, point: Point) -> Vec<usize> {
        let mut steps = Vec::new();
        for waiting in self.waiting.iter_mut().filter(|waiting| !waiting.reached && waiting.point == point) {
            if !waiting.address.matches(made) {
                continue;
            }
            if waiting.skip > 0 {
                waiting.skip -= 1;
            } else {
                waiting.reached = true;
                steps.push(waiting.step);
            }
        }
        steps
    }

    /// Ends what was armed until this step.
    pub fn end_windows(&mut self, id: &str) {
        for armed in self.faults.iter_mut().filter(|armed| armed.until.as_deref() == Some(id)) {
            (armed.left, armed.is_cut) = (0, false);
        }
    }

    /// Ends everything, and gives the requests that nothing overtook and that never arrive.
    pub fn disarm(&mut self) -> Vec<u32> {
        let mut lost = Vec::new();
        for armed in &mut self.faults {
            (armed.left, armed.is_cut) = (0, false);
            lost.append(&mut armed.held);
        }
        lost
    }
}
