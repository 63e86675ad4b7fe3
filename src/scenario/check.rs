//! What a step cannot mean, although each of its keys is right by itself.

use super::args::Context;
use super::diagnostics::{Diagnostic, quoted};
use super::fields::Place;
use super::model::{Arg, Args, Where};
use super::names::Names;
use super::read::Reader;
use super::steps::Head;
use super::vocabulary::{Act, Expectation, Fault, Key};
use crate::model::{Call, Kind, Role, Surface};

impl<'a> Reader<'a, '_> {
    /// Checks a step whose needed keys are all there.
    pub fn check(&mut self, context: &Context<'_, 'a>, args: &Args, names: &mut Names) {
        match context.head {
            Head::Do(act) => self.check_act(context, act, args, names),
            Head::Fault(fault) => self.check_fault(context, fault, args),
            Head::Expect(expectation) => self.check_expectation(context, expectation, args, names),
        }
    }

    fn check_act(&mut self, context: &Context<'_, 'a>, act: Act, args: &Args, names: &mut Names) {
        self.check_act_time(context, act);
        self.check_act_place(context, act, args);
        self.check_act_kind(context, act);
        match act {
            Act::Create => self.check_create(context, args, names),
            Act::Copy => self.check_copy(context, args, names),
            Act::MakePrimary | Act::Install | Act::Reconfigure => self.check_role(context, act, args, names),
            Act::SetFilter => self.check_filter(context, args, names),
            Act::SaveCache | Act::RestoreCache => self.check_cache_copy(context, act, args, names),
            Act::Share => self.check_share(context, args, names),
            Act::Edit
                if args.set(Key::Set).is_empty()
                    && context.entry(Key::Set).is_none_or(is_empty)
                    && !folded(context) =>
            {
                self.lacks(context, "`edit` changes nothing", "`set`, `due`, `parent` or `regarding`");
            }
            Act::Option
                if matches!(args.0.get(&Key::Set), Some(Arg::Settings(change)) if *change == Default::default())
                    && context.entry(Key::Set).is_some_and(is_empty) =>
            {
                self.lacks(context, "`option` changes nothing", "a setting in `set`");
            }
            _ => {}
        }
        names.take_owner(context, act, args);
        if act != Act::Create
            && !self.drawn
            && let Some(name) = args.text(Key::Item)
            && let Some(alias) =
                names.find(name).map(|(_, alias)| alias).or_else(|| names.items.get(name.strip_suffix('*')?).copied())
            && alias.side == Where::None
            && !names.is_made(name)
        {
            let error = Diagnostic::new("E404", context.at(Key::Item), format!("{} does not exist yet", quoted(name)));
            self.error(error.label("no step before this one makes it"));
        }
    }

    /// What lets time pass does so at its own place among the steps: started in the background, or inside a call, it would
    /// do nothing.
    fn check_act_time(&mut self, context: &Context<'_, 'a>, act: Act) {
        if !matches!(act, Act::Advance | Act::Settle) {
            return;
        }
        for key in super::steps::OF_ACTS {
            let Some(entry) = context.table.entry(key) else { continue };
            if !matches!(self.peek(&entry.node), Some(super::tree::Value::Bool(false))) {
                let message = format!("`{act}` with `{key}` would do nothing");
                let error = Diagnostic::new("E415", entry.at.clone(), message).label("not a key of this act");
                self.error(error.help(format!("`{act}` is over before the next step; leave `{key}` out")));
            }
        }
    }

    /// An act belongs to Outlook, to CRM, or to both; and some keys to one of them.
    fn check_act_place(&mut self, context: &Context<'_, 'a>, act: Act, args: &Args) {
        let in_crm = context.place == Place::Crm;
        let only_crm = matches!(
            act,
            Act::Cancel
                | Act::Deactivate
                | Act::Reactivate
                | Act::Assign
                | Act::Share
                | Act::Unshare
                | Act::Grant
                | Act::Revoke
                | Act::SetFilter
        );
        if only_crm && !in_crm && args.text(Key::On).is_some() {
            let error = Diagnostic::new("E401", context.at(Key::On), format!("`{act}` is an act of CRM"));
            self.error(error.label("not possible in Outlook").help("write `on = \"crm\"`"));
        }
        let outlook: &[Key] = &[Key::Via, Key::Close, Key::Hard];
        let (strangers, place): (&[Key], _) = if in_crm { (outlook, "Outlook") } else { (&[Key::As], "CRM") };
        // An act of CRM alone that stands elsewhere was told already.
        let judged = in_crm || !only_crm;
        let strangers =
            strangers.iter().filter(|key| judged && context.head.takes(**key) && context.entry(**key).is_some());
        for key in strangers {
            let error = Diagnostic::new("E401", context.key_at(*key), format!("`{key}` belongs to an act of {place}"));
            self.error(error.label(format!("this act happens in {}", if in_crm { "CRM" } else { "Outlook" })));
        }
        if args.text(Key::Via) == Some(Surface::Explorer.word()) && context.entry(Key::Close).is_some() {
            let error =
                Diagnostic::new("E106", context.key_at(Key::Close), "an act in an Explorer has nothing to close");
            self.error(error.label("belongs to `via = \"inspector\"`"));
        }
    }

    /// Only a client of the user's own mailbox can become primary, and none that roams has to.
    fn check_role(&mut self, context: &Context<'_, 'a>, act: Act, args: &Args, names: &Names) {
        let Some(on) = args.text(Key::On) else { return };
        let role = names.roles.get(on).copied();
        if let Some(role @ (Role::Delegate | Role::Roaming)) = role {
            let message = format!("`{act}` concerns a primary or secondary client, and {} is {role}", quoted(on));
            self.error(Diagnostic::new("E421", context.at(Key::On), message).label(format!("a {role} client")));
        }
        let user = names.clients.iter().find(|(id, _)| id == on).map(|(_, user)| user);
        let own = |(id, of): &&(String, String)| Some(of) == user && names.roles.get(id) != Some(&Role::Delegate);
        if args.text(Key::Via) == Some("sign-in") && names.clients.iter().filter(own).count() < 2 {
            let message = "the dialog at sign-in is shown only where a user has another client";
            let error = Diagnostic::new("E421", context.at(Key::Via), message);
            self.error(error.label("never shown").help("another client is needed, or `via = \"options\"`"));
        }
    }

    /// A copy of a cache file has a name, and comes back to the client that it was made of.
    fn check_cache_copy(&mut self, context: &Context<'_, 'a>, act: Act, args: &Args, names: &mut Names) {
        let Some(on) = args.text(Key::On) else { return };
        if act == Act::SaveCache {
            match self.peek_text(context.table.get("id")) {
                Some(id) => drop(names.saves.insert(id.to_owned(), on.to_owned())),
                None => self.lacks(context, "`save-cache` makes a copy that no step can name", "`id`"),
            }
            return;
        }
        let Some(from) = args.text(Key::From).filter(|from| names.saves.get(*from).is_none_or(|of| of != on)) else {
            return;
        };
        let message = format!("the step {} saves no copy of the cache file of {}", quoted(from), quoted(on));
        let error = Diagnostic::new("E409", context.at(Key::From), message).label("no such copy");
        self.error(
            error
                .help(format!("an earlier step does: `{{ id = \"copy\", do = \"save-cache\", on = {} }}`", quoted(on))),
        );
    }

    fn check_act_kind(&mut self, context: &Context<'_, 'a>, act: Act) {
        let in_crm = context.place == Place::Crm;
        let wanted: &[Kind] = match act {
            // Outlook has no such state of an appointment.
            Act::Complete | Act::Reopen if !in_crm => &[Kind::Task],
            Act::Complete | Act::Cancel | Act::Reopen | Act::SetRegarding => &[Kind::Task, Kind::Appointment],
            Act::Meet | Act::Accept | Act::Decline => &[Kind::Appointment],
            Act::Deactivate | Act::Reactivate => &[Kind::Contact],
            _ => return,
        };
        if let Some(kind) = context.kind.filter(|kind| !wanted.contains(kind)) {
            let words: Vec<String> = wanted.iter().map(|kind| kind.with_article()).collect();
            let message = format!("`{act}` concerns {}, and this is {}", words.join(" or "), kind.with_article());
            let error = Diagnostic::new("E403", context.span.clone(), message);
            self.error(error.label(format!("not possible for {}", kind.with_article())));
        }
    }

    /// A copy is one item with a name of its own.
    fn check_copy(&mut self, context: &Context<'_, 'a>, args: &Args, names: &mut Names) {
        if args.text(Key::Item).is_some_and(|item| item.ends_with('*')) {
            let error = Diagnostic::new("E106", context.at(Key::Item), "`copy` makes one copy of one item");
            self.error(error.label("several items").help("name one of them"));
        }
        if let Some(name) = args.text(Key::New) {
            names.made.insert(name.to_owned());
        }
    }

    fn check_create(&mut self, context: &Context<'_, 'a>, args: &Args, names: &mut Names) {
        let item = context.entry(Key::Item);
        let new = context.entry(Key::New);
        match (item, new) {
            (None, None) => self.lacks(
                context,
                "`create` makes nothing",
                "`item` (declared with `side = \"none\"`), or `new` and `kind`",
            ),
            (Some(_), Some(new)) => {
                let error = Diagnostic::new("E106", new.at.clone(), "`create` has `item` or `new`, not both");
                self.error(error.label("one too many"));
            }
            (None, Some(_)) => {
                if context.entry(Key::Kind).is_none() {
                    self.lacks(context, "`new` needs `kind`", "`kind`");
                }
                if let Some(name) = args.text(Key::New) {
                    names.made.insert(name.to_owned());
                }
            }
            (Some(_), None) => {
                let Some(name) = args.text(Key::Item) else { return };
                let stated = args.text(Key::Kind).and_then(Kind::parse);
                if stated.is_some() && stated != context.kind {
                    let error =
                        Diagnostic::new("E106", context.at(Key::Kind), format!("{} is of another kind", quoted(name)));
                    self.error(error.label("`items` says otherwise"));
                }
                let base = name.strip_suffix('*').unwrap_or(name);
                let alias = names.find(name).map(|(_, alias)| alias).or_else(|| names.items.get(base).copied());
                let declared = alias.is_some_and(|alias| alias.side != Where::None);
                if declared || names.is_made(name) {
                    let error =
                        Diagnostic::new("E404", context.at(Key::Item), format!("{} exists already", quoted(name)));
                    let error =
                        error.label(if declared { "it is there at the start" } else { "an earlier step made it" });
                    self.error(error.help("another one is made with `new = \"name\"` and `kind`"));
                }
                names.made.insert(name.to_owned());
            }
        }
    }

    fn check_filter(&mut self, context: &Context<'_, 'a>, args: &Args, names: &mut Names) {
        let (Some(user), Some(name)) = (context.user.clone(), args.text(Key::Filter)) else { return };
        let removed = args.flag(Key::Remove) == Some(true);
        let key = (user.clone(), name.to_owned());
        let stated = args.text(Key::Kind).and_then(Kind::parse);
        if removed && [Key::Where, Key::Active].iter().any(|key| context.entry(*key).is_some()) {
            let error =
                Diagnostic::new("E106", context.key_at(Key::Remove), "a filter is changed or removed, not both");
            self.error(error.label("one too many"));
        }
        match names.filters.get(&key) {
            Some(kind) if stated.is_some_and(|stated| stated != *kind) => {
                let message = format!("the filter {} of {} is of {kind}s", quoted(name), quoted(&user));
                self.error(Diagnostic::new("E106", context.at(Key::Kind), message).label("another kind"));
            }
            Some(_) if removed => {
                names.filters.remove(&key);
            }
            Some(_) => {
                if [Key::Where, Key::Active, Key::Remove].iter().all(|key| context.entry(*key).is_none()) {
                    self.lacks(context, "`set-filter` changes nothing", "`where`, `active` or `remove`");
                }
            }
            None => match stated.filter(|_| !removed) {
                Some(kind) => {
                    names.filters.insert(key, kind);
                }
                None if context.entry(Key::Kind).is_some() && !removed => {}
                // An earlier step may have removed it, or would have made it.
                None if self.drawn => {}
                None => {
                    let message = format!("{} has no filter {}", quoted(&user), quoted(name));
                    let error = Diagnostic::new("E208", context.at(Key::Filter), message).label("unknown filter");
                    let of_user =
                        names.filters.keys().filter(|(owner, _)| *owner == user).map(|(_, filter)| filter.as_str());
                    let error = error.near(name, of_user);
                    self.error(if error.help.is_some() { error } else { error.help("a new filter has a `kind`") });
                }
            },
        }
    }

    fn check_fault(&mut self, context: &Context<'_, 'a>, fault: Fault, args: &Args) {
        let in_crm = args.text(Key::On) == Some("crm");
        let writes = |call: Call| matches!(call, Call::Create | Call::Update | Call::Delete);
        if let Some(call) = context.call.filter(|call| call.is_wire() && *call != Call::GetData)
            && fault == Fault::ShortPage
        {
            let message = format!("`short-page` strikes a page, and `{call}` brings none");
            let error = Diagnostic::new("E410", context.at(Key::Call), message).label("no page");
            self.error(error.help("write `call = \"get-data\"`"));
        }
        if let Some(call) = context.call.filter(|call| call.is_wire() && !writes(*call) && !in_crm)
            && fault == Fault::SlowCommit
        {
            let message = format!("`slow-commit` strikes a write, and `{call}` writes nothing");
            let error = Diagnostic::new("E410", context.at(Key::Call), message).label("no write");
            self.error(error.help("`create`, `update` and `delete` write"));
        }
        if fault == Fault::SlowCommit && in_crm != context.entry(Key::Call).is_none() {
            if in_crm {
                let error = Diagnostic::new("E106", context.key_at(Key::Call), "what a person does in CRM is no call");
                self.error(error.label("belongs to a fault on a client"));
            } else if args.text(Key::On).is_some() {
                self.lacks(context, "`slow-commit` on a client does not say what commits late", "`call`");
            }
        }
        if let Some(call) = context.call.filter(|call| fault.is_of_messages() && !call.is_wire()) {
            let error = Diagnostic::new(
                "E410",
                context.at(Key::Call),
                format!("`{fault}` strikes a message, and `{call}` sends none"),
            );
            self.error(error.label("not on the wire").help("`crash-before` and `crash-after` address any call"));
        }
        let writes = matches!(fault, Fault::FailWrite | Fault::TornWrite);
        if let Some(call) = context.call.filter(|call| writes && !fault.strikes(*call)) {
            let message = format!("`{fault}` does not strike `{call}`");
            let error = Diagnostic::new("E410", context.at(Key::Call), message).label("not such a write");
            let calls = Call::ALL.iter().filter(|call| fault.strikes(**call)).map(|call| call.word());
            self.error(error.help(format!("it strikes {}", super::diagnostics::listed(calls))));
        }
        if let Some(call) = context.call.filter(|call| fault == Fault::StoreUnavailable && !call.is_in_mailbox()) {
            let message = format!("`{fault}` strikes what is done in the mailbox, and `{call}` is not");
            let error = Diagnostic::new("E410", context.at(Key::Call), message).label("not in the mailbox");
            let calls = Call::ALL.iter().filter(|call| call.is_in_mailbox()).map(|call| call.word());
            self.error(error.help(format!("in the mailbox are {}", super::diagnostics::listed(calls))));
        }
        if let Some(entry) = context.entry(Key::Table) {
            self.cache_table(&entry.node, context.call);
        }
    }

    fn check_expectation(&mut self, context: &Context<'_, 'a>, expectation: Expectation, args: &Args, names: &Names) {
        let has = |key| context.entry(key).is_some();
        match expectation {
            Expectation::Kept | Expectation::Gone | Expectation::Fields | Expectation::Count => {
                if has(Key::On) && has(Key::Side) {
                    let error = Diagnostic::new(
                        "E106",
                        context.key_at(Key::Side),
                        "an expectation has `on` or `side`, not both",
                    );
                    self.error(error.label("one too many"));
                } else if !has(Key::On) && !has(Key::Side) {
                    self.lacks(context, &format!("`{expectation}` does not say where"), "`side` or `on`");
                }
                if expectation == Expectation::Fields && context.entry(Key::Set).is_some_and(is_empty) {
                    self.lacks(context, "`fields` names no field", "a field in `set`");
                }
            }
            Expectation::Calls if ![Key::Sent, Key::Applied, Key::Answered].into_iter().any(has) => {
                self.lacks(context, "`calls` counts nothing", "`sent`, `applied` or `answered`");
            }
            Expectation::Report if !has(Key::ToOutlook) && !has(Key::ToCrm) => {
                self.lacks(context, "`report` says nothing", "`to-outlook` or `to-crm`");
            }
            Expectation::Journal => {
                if has(Key::Field) && !has(Key::Item) {
                    self.lacks(context, "`field` needs `item`, which tells its kind", "`item`");
                }
                if has(Key::Lost) && !has(Key::Field) {
                    self.lacks(context, "`lost` needs `field`", "`field`");
                }
            }
            Expectation::Same | Expectation::Different => {
                let other = args.text(Key::As).and_then(|name| names.find(name)).and_then(|(_, alias)| alias.kind);
                if let (Some(kind), Some(other)) = (context.kind, other)
                    && kind != other
                {
                    let error = Diagnostic::new(
                        "E403",
                        context.at(Key::As),
                        format!("{} and {} have no fields in common", kind.with_article(), other.with_article()),
                    );
                    self.error(error.label(format!("{} is expected", kind.with_article())));
                }
            }
            _ => {}
        }
    }

    /// Reports that one of several keys is missing.
    fn lacks(&mut self, context: &Context<'_, 'a>, message: &str, needed: &str) {
        self.error(Diagnostic::new("E103", context.span.clone(), message).label(format!("it needs {needed}")));
    }
}

/// Whether an entry is an empty table.
fn is_empty(entry: &super::tree::Entry) -> bool {
    matches!(&entry.node.value, super::tree::Value::Table(entries) if entries.is_empty())
}

/// Whether one of the keys that stand for a field is given.
fn folded(context: &Context<'_, '_>) -> bool {
    super::world::FOLDED.iter().any(|(key, _)| context.table.entry(key).is_some())
}
