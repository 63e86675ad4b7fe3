//! Requests under way: sent through the faults of the network, carried out by the server, answered or not.

use std::sync::Arc;

use super::faults::Made as MadeCall;
use super::runner::{CallRecord, Runner};
use super::world::{Event, Flight};
use crate::crm::{Reply, Request};
use crate::journal::{Cause, What};
use crate::model::{Answer, Call, ClientId};
use crate::outlook::Outcome;
use crate::rule;
use crate::scenario::model::Point;
use crate::scenario::vocabulary::Fault;
use crate::sim::Span;

/// One way over the network.
pub const LATENCY: Span = Span::millis(20);
/// How long a client waits for an answer.
const TIMEOUT: Span = Span::seconds(30);

impl Runner<'_> {
    pub fn send(&mut self, id: ClientId, request: Request) {
        let call = request.ask.call();
        let made = self.made(id, call, request.item, request.ask.record());
        if self.crash_if(&made, Fault::CrashBefore) {
            return;
        }
        let session = self.world.clients[id.index()].session;
        self.at_point(&made, Point::BeforeSend);
        let world = &mut self.world;
        if world.clients[id.index()].session != session {
            return;
        }
        world.requests += 1;
        let number = world.requests;
        let client = &mut world.clients[id.index()];
        let online = client.online;
        client.memory.waiting = Some(number);
        let record = request.ask.record();
        self.calls.push(CallRecord {
            client: id,
            call,
            alias: made.alias,
            step: self.step,
            sent: online,
            applied: 0,
            answered: false,
        });
        let cause = request.cause;
        let mut flight = Flight { session, request, reply: None, refused: None, reply_lost: false, arrivals: 0 };
        if !online {
            flight.reply = Some(Reply::Failed(Answer::Offline));
            world.flights.insert(number, flight);
            world.queue.push(world.now, Event::Answer(number));
            return;
        }
        let item = made.item;
        world.journal.write(What::Sent { request: number, client: id, call, item, record, cause });
        if cause == Cause::Immediate && call == Call::Update {
            self.follow(rule!("IMM-DIR"));
        }
        self.launch(number, flight, &made);
    }

    /// Sends a request on its way through the faults.
    fn launch(&mut self, number: u32, mut flight: Flight, made: &MadeCall) {
        const MESSAGE_FAULTS: [Fault; 5] =
            [Fault::LoseRequest, Fault::LoseReply, Fault::DeliverTwice, Fault::Delay, Fault::Refuse];
        let mut arrivals = vec![LATENCY];
        if let Some(armed) = self.arsenal.window(made.client, Fault::Partition) {
            self.fired(armed.step);
            arrivals.clear();
        }
        for kind in MESSAGE_FAULTS {
            // A fault strikes only where it has an effect: nothing more befalls a request that is lost.
            if arrivals.is_empty() {
                break;
            }
            let Some(armed) = self.arsenal.strike(made, &[kind]) else { continue };
            self.fired(armed.step);
            match kind {
                Fault::LoseRequest => arrivals.clear(),
                Fault::LoseReply => flight.reply_lost = true,
                Fault::DeliverTwice => arrivals.extend_from_within(..),
                Fault::Delay => arrivals.iter_mut().for_each(|arrival| *arrival = *arrival + armed.by),
                _ => flight.refused = armed.code,
            }
        }
        let world = &mut self.world;
        for arrival in &arrivals {
            world.queue.push(world.now + *arrival, Event::Arrive(number));
        }
        // A client that will have its answer in time never looks at its watch.
        let answered_in_time = arrivals.first().is_some_and(|arrival| *arrival + LATENCY < TIMEOUT);
        if !answered_in_time || flight.reply_lost {
            world.queue.push(world.now + TIMEOUT, Event::GiveUp(number));
        }
        flight.arrivals = u32::try_from(arrivals.len()).unwrap_or(u32::MAX);
        world.flights.insert(number, flight);
    }

    pub fn arrive(&mut self, number: u32) {
        let Some(flight) = self.world.flights.get_mut(&number) else { return };
        flight.arrivals = flight.arrivals.saturating_sub(1);
        let (request, refused, first) = (flight.request.clone(), flight.refused, flight.reply.is_none());
        let call = request.ask.call();
        let made = self.made(request.client, call, request.item, request.ask.record());
        let reply = match refused {
            Some(code) => Reply::Failed(code),
            None => self.handle(&request),
        };
        let answer = reply.answer();
        self.world.journal.write(What::Applied { request: number, client: request.client, call, answer });
        if answer == Answer::Ok
            && let Some(record) = self.calls.get_mut(number as usize - 1)
        {
            record.applied += 1;
        }
        self.at_point(&made, Point::Applied);
        if !first {
            return;
        }
        let partition = self.arsenal.window(request.client, Fault::Partition);
        let world = &mut self.world;
        let Some(flight) = world.flights.get_mut(&number) else { return };
        flight.reply = Some(reply);
        match partition {
            Some(armed) => {
                let waited = Span(TIMEOUT.0 - LATENCY.0);
                world.queue.push(world.now + waited, Event::GiveUp(number));
                self.fired(armed.step);
            }
            None if !flight.reply_lost => world.queue.push(world.now + LATENCY, Event::Answer(number)),
            None => {}
        }
    }

    fn handle(&mut self, request: &Request) -> Reply {
        let alias = request.item.and_then(|item| self.world.names.of_item.get(item.index()).copied());
        let creates = matches!(request.ask, crate::crm::Ask::Create { record: None, .. });
        let order = if creates { self.world.next_order(alias.unwrap_or(0)) } else { 0 };
        let world = &mut self.world;
        let contents = Arc::make_mut(&mut world.contents);
        let reply = world.server.handle(request, order, contents, self.protocol, &mut world.journal);
        if let (true, Reply::Written { record, .. }) = (creates, &reply) {
            world.names.name_record(*record, alias.unwrap_or(0));
        }
        reply
    }

    pub fn answer(&mut self, number: u32) {
        let Some(flight) = self.world.flights.remove(&number) else { return };
        let id = flight.request.client;
        let client = &mut self.world.clients[id.index()];
        if client.session != flight.session || client.memory.waiting != Some(number) {
            return;
        }
        client.memory.waiting = None;
        let Some(reply) = flight.reply else { return };
        let call = flight.request.ask.call();
        let answer = reply.answer();
        if answer != Answer::Offline {
            self.world.journal.write(What::Answered { request: number, client: id, call, answer });
            if let Some(record) = self.calls.get_mut(number as usize - 1) {
                record.answered = true;
            }
        }
        let made = self.made(id, call, flight.request.item, flight.request.ask.record());
        self.at_point(&made, Point::Answered);
        if !self.crash_if(&made, Fault::CrashAfter) {
            self.drive(id, Outcome::Reply(reply));
        }
    }

    pub fn give_up(&mut self, number: u32) {
        let Some(flight) = self.world.flights.get(&number) else { return };
        let (id, session, call) = (flight.request.client, flight.session, flight.request.ask.call());
        if flight.arrivals == 0 {
            self.world.flights.remove(&number);
        }
        let client = &mut self.world.clients[id.index()];
        if client.session != session || client.memory.waiting != Some(number) {
            return;
        }
        client.memory.waiting = None;
        let answer = Answer::Timeout;
        self.world.journal.write(What::Answered { request: number, client: id, call, answer });
        self.drive(id, Outcome::Reply(Reply::Failed(answer)));
    }
}
