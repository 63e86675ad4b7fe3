//! The world of a seed: users, and the clients at which they sit.

use super::draw::Draw;
use super::swarm::Swarm;
use super::values::Values;
use crate::model::{FolderRight, FolderRights, Kind, Privilege, Privileges, Role};
use crate::scenario::model::{Client, Filter, Profile, Settings, Size, Sizes, User};
use crate::sim::{Draws, Span};

const USERS: [&str; 10] = ["ann", "bob", "cid", "dan", "eve", "fay", "gil", "hal", "ida", "jon"];
const PLACES: [&str; 5] = ["desk", "laptop", "home", "office", "pc"];
const CLOCKS: [Span; 5] =
    [Span::minutes(-60), Span::minutes(-5), Span::seconds(-2), Span::seconds(30), Span::minutes(24 * 60)];

/// The users of a seed.
pub fn users(draws: Draws, sizes: &Sizes) -> Vec<User> {
    let Size { least, most } = sizes.users;
    let count = Draw::new(draws.stream("users", "", 0)).between(least, most).clamp(1, sizes.clients.most.max(1));
    let named = |at: usize| USERS.get(at).map_or_else(|| format!("user-{}", at + 1), |name| (*name).to_owned());
    let user = |at| {
        let id = named(at);
        let (email, privileges, filters) = (User::default_email(&id), Privileges::default(), Filter::defaults());
        User { id, email, privileges, filters }
    };
    (0..count as usize).map(user).collect()
}

/// Gives a user filters and privileges of one's own, as far as the swarm has them.
pub fn restrict(draws: Draws, user: &mut User, swarm: &Swarm, values: &Values) {
    let mut draw = Draw::new(draws.stream("restrict", &user.id, 0));
    if draw.percent(50) && swarm.privileges {
        let all: Vec<Privilege> = Privilege::all().collect();
        for _ in 0..draw.between(1, 4) {
            if let Some(privilege) = draw.pick(&all) {
                user.privileges = user.privileges.with(*privilege, false);
            }
        }
    }
    if draw.percent(50) && swarm.filters {
        for filter in &mut user.filters {
            if draw.percent(50) {
                filter.conditions = values.conditions(&mut draw, filter.kind);
            }
            filter.active = !draw.percent(10);
        }
        if draw.percent(30) {
            let kind = draw.one_of(Kind::ALL);
            let conditions = values.conditions(&mut draw, kind);
            user.filters.push(Filter { id: "more".to_owned(), kind, conditions, active: true });
        }
    }
}

/// The clients of these users: one that synchronizes for almost each, and some more of every role.
pub fn clients(draws: Draws, users: &[User], profile: &Profile, swarm: &Swarm) -> Vec<Client> {
    let mut draw = Draw::new(draws.stream("clients", "", 0));
    let Size { least, most } = profile.sizes.clients;
    let count = (draw.between(least, most) as usize).max(users.len());
    let usual = |role| profile.roles.of(role, if role == Role::Secondary { 4 } else { 3 });
    let (primary, roaming, alone) = (usual(Role::Primary), usual(Role::Roaming), usual(Role::Secondary).min(1));
    let mut clients: Vec<Client> = Vec::new();
    for user in users {
        // Where nothing is said of the roles, one user in eight has a profile that roams, and some have no primary client.
        let shares = [primary * 7, roaming, alone];
        let role = [Role::Primary, Role::Roaming, Role::Secondary][draw.weighted(shares.into_iter()).unwrap_or(0)];
        clients.push(client(&clients, user, user, role));
    }
    // Where the roles allow no other client of one user, another user's turn comes.
    for _ in 0..count * 4 {
        if clients.len() == count {
            break;
        }
        let user = draw.below(users.len());
        let roams = clients[user].role == Role::Roaming;
        let own = if roams { Role::Roaming } else { Role::Secondary };
        let shares = [usual(own), if users.len() > 1 { usual(Role::Delegate) } else { 0 }];
        let next = match draw.weighted(shares.into_iter()) {
            Some(1) => {
                let other = (user + 1 + draw.below(users.len() - 1)) % users.len();
                let mut next = client(&clients, &users[user], &users[other], Role::Delegate);
                next.rights = rights(&mut draw);
                let machine = &clients[user].machine;
                let same = |known: &Client| known.machine == *machine && known.mailbox == next.mailbox;
                if draw.percent(50) && !clients.iter().any(same) {
                    next.machine.clone_from(machine);
                }
                next
            }
            Some(_) => client(&clients, &users[user], &users[user], own),
            None => continue,
        };
        clients.push(next);
    }
    for client in &mut clients {
        let mut draw = Draw::new(draws.stream("client", &client.id, 0));
        if swarm.rough {
            upset(&mut draw, client);
        }
        if swarm.settings {
            client.settings = settings(&mut draw);
        }
    }
    clients
}

fn client(known: &[Client], user: &User, mailbox: &User, role: Role) -> Client {
    let free = |id: &String| known.iter().all(|client| client.id != *id);
    let id = if role == Role::Delegate {
        let first = format!("{}-for-{}", user.id, mailbox.id);
        std::iter::once(first.clone()).chain((2..).map(|number| format!("{first}-{number}"))).find(free)
    } else {
        let places = PLACES.iter().map(|place| format!("{}-{place}", user.id));
        places.chain((1..).map(|number| format!("{}-pc-{number}", user.id))).find(free)
    };
    let id = id.unwrap_or_default();
    Client {
        machine: id.clone(),
        id,
        user: user.id.clone(),
        mailbox: mailbox.id.clone(),
        role,
        rights: FolderRights::OWNER,
        running: true,
        online: true,
        addin: true,
        clock: Span::ZERO,
        settings: Settings::default(),
    }
}

/// What a delegate may do: mostly enough for the buttons of CRM.
fn rights(draw: &mut Draw) -> FolderRights {
    use FolderRight::{Author, Editor, None, Reviewer};
    let most = draw.percent(70);
    FolderRights(std::array::from_fn(|_| if most { Editor } else { draw.one_of([None, Reviewer, Author, Editor]) }))
}

/// Whatever can be wrong with a client at the start.
fn upset(draw: &mut Draw, client: &mut Client) {
    client.running = !draw.percent(20);
    client.online = !draw.percent(15);
    client.addin = !draw.percent(10);
    if draw.percent(20) {
        client.clock = draw.one_of(CLOCKS);
    }
}

fn settings(draw: &mut Draw) -> Settings {
    let mut kinds = Kind::ALL.to_vec();
    if draw.percent(25) {
        kinds.remove(draw.below(kinds.len()));
    }
    Settings {
        kinds,
        update_company: draw.percent(30),
        automatic: !draw.percent(20),
        interval: draw.percent(30).then(|| draw.one_of([Span::minutes(15), Span::minutes(30), Span::minutes(120)])),
    }
}
