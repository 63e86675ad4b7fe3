//! Profiles on the command line: files of one's own, or the names of those that are shipped.

use std::path::{Path, PathBuf};

use crmsim::Scenario;
use crmsim::fuzz::campaign::NamedProfile;
use crmsim::fuzz::profiles::{SHIPPED, shipped};
use crmsim::protocol::Protocol;
use crmsim::protocol::switches::{Base, Switches};
use crmsim::report::style::plain;
use crmsim::scenario::diagnostics::nearest;

use super::files::{self, Loaded, shown};

/// The profiles that these paths name, each once; all that are shipped where there is none.
///
/// # Errors
/// What is wrong with them, ready to be shown.
pub fn load(paths: &[PathBuf]) -> Result<Vec<NamedProfile>, String> {
    if paths.is_empty() {
        return Ok(SHIPPED.iter().filter_map(|(name, _)| named(name)).collect());
    }
    let (mut profiles, mut wrong): (Vec<NamedProfile>, String) = (Vec::new(), String::new());
    for path in paths {
        let loaded = match is_name(path).then(|| shown(path)) {
            Some(name) => named(&name).map(|profile| vec![profile]).ok_or_else(|| no_such(&name)),
            None => from_files(path),
        };
        match loaded {
            Ok(more) => profiles.extend(more),
            Err(message) => wrong.push_str(&message),
        }
    }
    let mut names = std::collections::BTreeSet::new();
    profiles.retain(|profile| names.insert(profile.name.clone()));
    if wrong.is_empty() { Ok(profiles) } else { Err(wrong) }
}

fn named(name: &str) -> Option<NamedProfile> {
    Some(NamedProfile { name: name.to_owned(), scenario: shipped(name)? })
}

/// Whether a path can only be meant as a name: nothing is there, and it has neither folder nor ending.
fn is_name(path: &Path) -> bool {
    path != Path::new("-") && path.components().count() == 1 && path.extension().is_none() && !path.exists()
}

fn no_such(name: &str) -> String {
    let names = SHIPPED.iter().map(|(name, _)| *name);
    let file = format!("{name}.toml");
    let help = match nearest(name, names.clone()) {
        _ if Path::new(&file).is_file() => format!("did you mean `{}`?", plain(&file)),
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("shipped are {}", names.collect::<Vec<_>>().join(", ")),
    };
    format!("error: there is no profile {}, neither a file nor a shipped one; {help}\n", plain(name))
}

fn from_files(path: &Path) -> Result<Vec<NamedProfile>, String> {
    let files = files::load(&[path.to_owned()]);
    let mut wrong: String = files.messages.iter().map(|message| format!("error: {message}\n")).collect();
    files.wrong.iter().for_each(|diagnostics| wrong.push_str(&diagnostics.render(true)));
    let profiles = files.good.into_iter().map(|file| {
        let what =
            |file: &Loaded, why: &str| format!("error: {} is no profile: {why}\n", files::named(Path::new(&file.path)));
        match &file.scenarios[..] {
            [one] if one.random.is_some() => Ok(NamedProfile { name: file.path.clone(), scenario: one.clone() }),
            rows if rows.iter().any(|row| row.random.is_some()) => Err(what(&file, "it has several rows")),
            _ => Err(what(&file, "it has no `[random]`")),
        }
    });
    let mut good = Vec::new();
    for profile in profiles {
        match profile {
            Ok(profile) => good.push(profile),
            Err(message) => wrong.push_str(&message),
        }
    }
    if wrong.is_empty() { Ok(good) } else { Err(wrong) }
}

/// Gives a profile another protocol than its own, where there is one.
pub fn with_protocol(profile: &mut Scenario, base: Option<Base>) {
    if let Some(base) = base {
        profile.protocol = Protocol { switches: Switches::of(base), ..Protocol::default() };
    }
}

/// A base protocol by name.
pub fn base(text: &str) -> Result<Base, String> {
    Base::parse(text).ok_or_else(|| {
        let words = Base::ALL.iter().map(|base| base.word());
        let near = nearest(text, words.clone());
        let help = near.map_or(format!("there are {}", words.collect::<Vec<_>>().join(", ")), |near| {
            format!("did you mean `{near}`?")
        });
        format!("there is no such protocol; {help}")
    })
}
