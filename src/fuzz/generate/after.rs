//! What an act calls for: whoever fell comes back, what began is ended, and acts meet the cycle that they started.

use super::acts::Scene;
use super::aim::Aim;
use super::belief::Desk;
use super::draw::Draw;
use super::plan::{Plan, Word};
use crate::scenario::vocabulary::Act;
use crate::sim::Span;

/// The time that a call takes on its way, and a few more: a cycle is somewhere in its middle then.
const MOMENTS: [Span; 6] =
    [Span::millis(20), Span::millis(50), Span::millis(100), Span::millis(150), Span::millis(300), Span::millis(700)];

impl Plan<'_> {
    /// Asks for what an act calls for.
    pub fn after_act(&mut self, draw: &mut Draw, scene: &Scene, background: bool) {
        let here = Aim { desk: scene.desk, thing: scene.thing, ..Aim::default() };
        let desk = Aim { desk: scene.desk, ..Aim::default() };
        let anywhere = Aim { thing: scene.thing, ..Aim::default() };
        let wanted: &[(Act, Aim)] = &match scene.act {
            Act::Sync if background => {
                let by = Some(draw.one_of(MOMENTS));
                let again = Some(draw.one_of(MOMENTS));
                let some = draw.one_of([Act::Edit, Act::Edit, Act::Delete, Act::Complete, Act::Untrack, Act::Create]);
                let some = if self.swarm.allows(some) { some } else { Act::Edit };
                vec![
                    (Act::Advance, Aim { by, ..Aim::default() }),
                    (some, Aim::default()),
                    (Act::Advance, Aim { by: again, ..Aim::default() }),
                    (Act::Edit, Aim::default()),
                ]
            }
            // What has a new name is the next thing that there is.
            Act::Create if scene.desk.is_some() => {
                let thing = scene.thing.or(Some(self.belief.things.len()));
                vec![(Act::Track, Aim { thing, ..desk })]
            }
            Act::Copy => vec![(Act::Track, Aim { thing: Some(self.belief.things.len()), ..desk })],
            // A conflict: the other side does something with it too.
            Act::Edit if draw.percent(35) => {
                let act = draw.one_of([Act::Edit, Act::Edit, Act::Delete]);
                let act = if self.swarm.allows(act) { act } else { Act::Edit };
                vec![(act, Aim { in_crm: Some(!scene.in_crm), ..anywhere }), (Act::Sync, desk)]
            }
            // So much at once that the guard may ask.
            Act::Delete | Act::Untrack | Act::Assign if scene.name.ends_with('*') => {
                let own = scene.thing.map(|thing| self.belief.things[thing].owner);
                let able = |desk: &Desk| desk.works() && desk.role.synchronizes() && Some(desk.mailbox) == own;
                let asked = scene.desk.or_else(|| self.belief.desk_where(draw, None, able));
                let asked = Aim { desk: asked, ..Aim::default() };
                vec![(Act::Sync, asked), (Act::Answer, asked), (Act::Sync, asked)]
            }
            Act::Delete | Act::Untrack | Act::Archive | Act::Assign if draw.percent(50) => vec![(Act::Sync, desk)],
            Act::Crash | Act::Close => {
                let old = scene.desk.filter(|desk| !self.belief.desks[*desk].saves.is_empty());
                let back = old.filter(|_| draw.percent(60)).map(|_| (Act::RestoreCache, desk));
                let anew = draw.percent(15).then_some((Act::Reconfigure, desk));
                back.or(anew).into_iter().chain([(Act::Open, desk), (Act::Sync, desk)]).collect()
            }
            Act::Disconnect => {
                vec![(Act::Edit, Aim { in_crm: Some(false), ..desk }), (Act::Sync, desk), (Act::Connect, desk)]
            }
            Act::DisableAddin => {
                vec![(Act::Edit, Aim { in_crm: Some(false), ..desk }), (Act::EnableAddin, desk), (Act::Sync, desk)]
            }
            Act::Uninstall | Act::RemoveClient if draw.percent(60) => {
                vec![(Act::Install, desk), (Act::Open, desk), (Act::Sync, desk)]
            }
            Act::RestoreCache | Act::Reconfigure | Act::Install => vec![(Act::Open, desk), (Act::Sync, desk)],
            Act::SaveCache => vec![(Act::Sync, desk), (Act::Close, desk)],
            Act::Meet => vec![(draw.one_of([Act::Accept, Act::Accept, Act::Decline]), anywhere)],
            Act::OpenItem => vec![(Act::Edit, Aim { in_crm: Some(false), ..here }), (Act::CloseItem, here)],
            Act::Move if draw.percent(60) => vec![(Act::Sync, desk), (Act::Move, here)],
            Act::Deactivate => vec![(Act::Reactivate, anywhere)],
            Act::MakePrimary | Act::LoseCache | Act::MigrateMailbox | Act::SetClock => vec![(Act::Sync, desk)],
            _ => Vec::new(),
        };
        for (act, aim) in wanted {
            self.want(Word::Act(*act), *aim);
        }
    }
}
