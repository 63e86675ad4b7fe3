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
    client: ClientId,
    call: Option<Call>,
    table: Option<Table>,
    /// The aliases it concerns; all where empty.
    aliases: Vec<u32>,
}

impl Address {
    /// The address in the keys of a fault.
    #[must_use]
    pub fn of_fault(client: ClientId, args: &Args, aliases: Vec<u32>) -> Address {
        let call = args.text(Key::Call).and_then(Call::parse);
        Address { client, call, table: args.text(Key::Table).and_then(Table::parse), aliases }
    }

    /// The address of a point.
    #[must_use]
    pub fn of_point(client: ClientId, when: &When, aliases: Vec<u32>) -> Address {
        Address { client, call: Some(when.call), table: when.table, aliases }
    }

    /// The client that it concerns.
    #[must_use]
    pub fn client(&self) -> ClientId {
        self.client
    }

    fn matches(&self, made: &Made) -> bool {
        self.client == made.client
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
    /// How long a delay or a skew is.
    pub by: Span,
    /// The code of a refusal.
    pub code: Option<Answer>,
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
    /// The acts that wait, in file order.
    pub waiting: Vec<Waiting>,
}

impl Arsenal {
    /// The fault of one of these kinds that strikes this call, counted as struck. Every armed fault of these kinds that
    /// the call matches counts it.
    pub fn strike(&mut self, made: &Made, kinds: &[Fault]) -> Option<Armed> {
        let mut struck: Option<usize> = None;
        for (index, armed) in self.faults.iter_mut().enumerate() {
            if !kinds.contains(&armed.fault) || !armed.address.matches(made) {
                continue;
            }
            if armed.skip > 0 {
                armed.skip -= 1;
            } else if armed.left > 0 && struck.is_none() {
                armed.left -= 1;
                armed.struck += 1;
                struck = Some(index);
            }
        }
        struck.map(|index| self.faults[index].clone())
    }

    /// Whether a window of this kind is open for a client; counted as struck.
    pub fn window(&mut self, client: ClientId, kind: Fault) -> Option<Armed> {
        let open = |armed: &&mut Armed| armed.fault == kind && armed.address.client == client && armed.left > 0;
        let armed = self.faults.iter_mut().find(open)?;
        armed.struck += 1;
        Some(armed.clone())
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
            armed.left = 0;
        }
    }

    /// Ends everything.
    pub fn disarm(&mut self) {
        for armed in &mut self.faults {
            armed.left = 0;
        }
    }
}
