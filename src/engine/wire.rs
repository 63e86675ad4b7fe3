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
use crate::sim::{FlatMap, Span, Time};

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
        let sent = world.now;
        let mut flight = Flight {
            session,
            request,
            sent,
            reply: None,
            refused: None,
            reply_lost: false,
            is_lost: false,
            arrivals: 0,
        };
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
        if let Some(armed) = self.arsenal.severed(made.client) {
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
        if !arrivals.is_empty() && self.arsenal.hold(made, number) {
            // It arrives when it is overtaken, if that ever happens.
            flight.arrivals = 1;
            arrivals.clear();
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
        flight.arrivals += u32::try_from(arrivals.len()).unwrap_or(u32::MAX);
        world.flights.insert(number, flight);
    }

    pub fn arrive(&mut self, number: u32) {
        let Some(flight) = self.world.flights.get(&number).filter(|flight| !flight.is_lost) else { return };
        let (request, refused) = (&flight.request, flight.refused);
        let written = request.ask.written();
        let made = self.made(request.client, request.ask.call(), request.item, request.ask.record());
        for (step, overtaken) in self.arsenal.overtaken(&made) {
            self.fired(step);
            for number in overtaken {
                self.world.queue.push(self.world.now, Event::Arrive(number));
            }
        }
        if refused.is_none() && self.begin_slow_request(number, &made) {
            return;
        }
        written.into_iter().for_each(|record| self.commit_open(record));
        self.carry_out(number);
    }

    /// Carries out a request that arrived, and sends the answer off.
    pub fn carry_out(&mut self, number: u32) {
        let Some(flight) = self.world.flights.get_mut(&number).filter(|flight| !flight.is_lost) else { return };
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
        let severed = self.arsenal.severed(request.client);
        let Some(flight) = self.world.flights.get_mut(&number) else { return };
        flight.reply = Some(reply);
        let (sent, reply_lost) = (flight.sent, flight.reply_lost);
        if let Some(armed) = severed {
            self.fired(armed.step);
            self.world.queue.push(self.world.now.max(sent + TIMEOUT), Event::GiveUp(number));
        } else if !reply_lost {
            let slow = self.arsenal.window(request.client, Fault::Slow);
            slow.iter().for_each(|armed| self.fired(armed.step));
            let answered = self.world.now + LATENCY + slow.map_or(Span::ZERO, |armed| armed.by);
            self.give_up_before(number, answered);
            self.world.queue.push(answered, Event::Answer(number));
        }
    }

    /// Lets a client give up waiting for an answer that comes too late.
    pub fn give_up_before(&mut self, number: u32, answered: Time) {
        let Some(flight) = self.world.flights.get(&number) else { return };
        if answered >= flight.sent + TIMEOUT {
            self.world.queue.push(self.world.now.max(flight.sent + TIMEOUT), Event::GiveUp(number));
        }
    }

    fn handle(&mut self, request: &Request) -> Reply {
        let alias = request.item.and_then(|item| self.world.names.of_item.get(item.index()).copied());
        let creates = matches!(request.ask, crate::crm::Ask::Create { record: None, .. });
        let order = if creates { self.world.next_order(alias.unwrap_or(0)) } else { 0 };
        let world = &mut self.world;
        let contents = Arc::make_mut(&mut world.contents);
        let reply = world.server.handle(request, order, contents, self.protocol, &mut world.journal);
        world.server.end_commit();
        if let (true, Reply::Written { record, .. }) = (creates, &reply) {
            world.names.name_record(*record, alias.unwrap_or(0));
        }
        reply
    }

    pub fn answer(&mut self, number: u32) {
        if self.world.flights.get(&number).is_some_and(|flight| flight.is_lost) {
            return;
        }
        let Some(flight) = self.world.flights.remove(&number) else { return };
        let id = flight.request.client;
        let client = &mut self.world.clients[id.index()];
        if client.session != flight.session || client.memory.waiting != Some(number) {
            return;
        }
        client.memory.waiting = None;
        let Some(mut reply) = flight.reply else { return };
        let call = flight.request.ask.call();
        let made = self.made(id, call, flight.request.item, flight.request.ask.record());
        if reply != Reply::Failed(Answer::Offline) {
            self.spoil(&mut reply, &made);
        }
        let answer = reply.answer();
        if answer != Answer::Offline {
            self.world.journal.write(What::Answered { request: number, client: id, call, answer });
            if let Some(record) = self.calls.get_mut(number as usize - 1) {
                record.answered = true;
            }
        }
        self.at_point(&made, Point::Answered);
        if !self.crash_if(&made, Fault::CrashAfter) {
            self.arsenal.cut(&made);
            self.drive(id, Outcome::Reply(reply));
        }
    }

    /// Spoils an answer on its way where a fault says so: it cannot be read, or a page comes without its second half and
    /// says that nothing follows it.
    fn spoil(&mut self, reply: &mut Reply, made: &MadeCall) {
        if let Some(armed) = self.arsenal.strike(made, &[Fault::Garble]) {
            self.fired(armed.step);
            *reply = Reply::Failed(Answer::Garbled);
        }
        if let Reply::Page(page, more) = reply
            && !page.is_empty()
            && let Some(armed) = self.arsenal.strike(made, &[Fault::ShortPage])
        {
            self.fired(armed.step);
            page.truncate(page.len() / 2);
            *more = false;
        }
    }

    /// The server ends and is there again at once: requests and answers on their way are lost, and what was not committed
    /// is undone.
    pub fn restart_server(&mut self) {
        self.world.server.roll_back();
        self.world.transactions = FlatMap::default();
        self.world.journal.write(What::ServerRestarted);
        self.arsenal.lose_held();
        let offline = |flight: &Flight| flight.reply == Some(Reply::Failed(Answer::Offline));
        let under_way = self.world.flights.iter().filter(|(_, flight)| !offline(flight));
        for number in under_way.map(|(number, _)| *number).collect::<Vec<_>>() {
            if let Some(flight) = self.world.flights.get_mut(&number) {
                (flight.arrivals, flight.is_lost) = (0, true);
            }
            self.give_up_before(number, Time(i64::MAX));
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
