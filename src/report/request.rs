//! What became of the requests of a run, each told in one sentence where it is worth telling.

use std::collections::BTreeMap;

use super::names::Names;
use crate::journal::{ClientChange, Fact, What};
use crate::model::{Answer, Call, ClientId};

/// What became of each request, by its number.
#[derive(Debug, Default)]
pub struct Fates(BTreeMap<u32, Fate>);

#[derive(Debug)]
struct Fate {
    client: ClientId,
    /// What the server made of it each time it arrived.
    applied: Vec<Answer>,
    /// What the client made of it.
    answered: Option<Answer>,
    /// It arrived when the client had given up.
    late: bool,
    /// The client ended before it had an answer.
    ended: bool,
}

impl Fates {
    /// What the facts tell about requests.
    pub fn of(facts: &[Fact]) -> Fates {
        let mut fates: BTreeMap<u32, Fate> = BTreeMap::new();
        for fact in facts {
            match fact.what {
                What::Sent { request, client, .. } => {
                    let fate = Fate { client, applied: Vec::new(), answered: None, late: false, ended: false };
                    fates.insert(request, fate);
                }
                What::Applied { request, answer, .. } => {
                    if let Some(fate) = fates.get_mut(&request) {
                        fate.late = fate.answered.is_some();
                        fate.applied.push(answer);
                    }
                }
                What::Answered { request, answer, .. } => {
                    if let Some(fate) = fates.get_mut(&request) {
                        fate.answered = Some(answer);
                    }
                }
                What::Client {
                    client,
                    change:
                        ClientChange::Closed | ClientChange::Crashed | ClientChange::AddinDisabled | ClientChange::CacheLost,
                } => {
                    let open = fates.values_mut().filter(|fate| fate.client == client && fate.answered.is_none());
                    open.for_each(|fate| fate.ended = true);
                }
                _ => {}
            }
        }
        Fates(fates)
    }

    /// What became of a request that was sent, unless it was carried out and answered, or is still under way.
    pub fn words(&self, sent: &What) -> Option<String> {
        let What::Sent { request, .. } = sent else { return None };
        self.0.get(request)?.words()
    }

    /// The sentence about a request that was sent, unless nothing is to be said: what a request did tells itself, and one
    /// that is still under way has no fate yet.
    pub fn sentence(&self, names: &Names<'_>, sent: &What) -> Option<String> {
        let What::Sent { request, client, call, item, record, .. } = *sent else { return None };
        let fate = self.0.get(&request)?;
        let (client, subject) = (names.client(client), names.subject(item, record));
        // A read that finds nothing is an answer, not a refusal.
        if call == Call::Retrieve && fate.applied == [Answer::NotFound] && fate.answered == Some(Answer::NotFound) {
            return Some(format!("{client} finds no {subject} in CRM."));
        }
        Some(format!("{client} sends {call} for {subject}; {}.", fate.words()?))
    }
}

impl Fate {
    fn words(&self) -> Option<String> {
        let words = match (self.applied.as_slice(), self.answered) {
            ([Answer::Ok], Some(Answer::Ok)) => return None,
            ([answer], Some(got)) if *answer == got => format!("CRM answers {answer}"),
            ([_, _, ..], _) => "it arrives twice".to_owned(),
            ([_], Some(Answer::Timeout)) if self.late => "it arrives only when nobody waits for it any more".to_owned(),
            ([], Some(Answer::Timeout)) => "it is lost".to_owned(),
            ([Answer::Ok], Some(Answer::Timeout)) => "CRM carries it out, but the answer is lost".to_owned(),
            ([answer], Some(_)) => format!("CRM answers {answer}, but the answer is lost"),
            ([Answer::Ok], None) if self.ended => "CRM carries it out, but nobody is there for the answer".to_owned(),
            ([answer], None) if self.ended => format!("CRM answers {answer}, but nobody is there for it"),
            _ => return None,
        };
        Some(words)
    }
}
