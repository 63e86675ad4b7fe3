//! What became of a request, told in one sentence where it is worth telling.

use super::names::Names;
use crate::journal::{Fact, What};
use crate::model::{Answer, Call};

/// The sentence about the request that the fact at `sent` sends, unless all went well: then what it did tells itself.
pub fn sentence(names: &Names<'_>, facts: &[Fact], sent: usize) -> Option<String> {
    let What::Sent { request, client, call, item, record, .. } = facts[sent].what else { return None };
    let mut applied = Vec::new();
    let mut answered = None;
    let mut late = false;
    for fact in &facts[sent..] {
        match fact.what {
            What::Applied { request: number, answer, .. } if number == request => {
                late = answered.is_some();
                applied.push(answer);
            }
            What::Answered { request: number, answer, .. } if number == request => answered = Some(answer),
            _ => {}
        }
    }
    let fate = match (applied.as_slice(), answered) {
        ([Answer::Ok], Some(Answer::Ok)) => return None,
        ([answer], Some(got)) if *answer == got => format!("CRM answers {answer}"),
        ([], Some(Answer::Timeout)) => "the request is lost".to_owned(),
        ([], _) => "it has not arrived".to_owned(),
        ([_, _, ..], _) => "it arrives twice".to_owned(),
        ([_], Some(Answer::Timeout)) if late => "it arrives only when nobody waits for an answer any more".to_owned(),
        ([Answer::Ok], Some(Answer::Timeout)) => "CRM carries it out, but the answer is lost".to_owned(),
        ([Answer::Ok], None) => "CRM carries it out, but nobody waits for the answer any more".to_owned(),
        ([answer], _) => format!("CRM refuses ({answer}), but the answer is lost"),
    };
    // A read that found nothing is what the reader of a page expects now and then.
    if call == Call::Retrieve && applied == [Answer::NotFound] && answered == Some(Answer::NotFound) {
        return Some(format!("{} finds no {} in CRM.", names.client(client), names.subject(item, record)));
    }
    Some(format!("{} sends {call} for {}; {fate}.", names.client(client), names.subject(item, record)))
}
