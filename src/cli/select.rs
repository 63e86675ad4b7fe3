//! Which of the loaded scenarios run.

use crmsim::Scenario;
use crmsim::model::RuleId;

use super::files::Loaded;

/// What the options ask for; an empty list asks for nothing in particular.
pub struct Selection<'a> {
    /// Any of these tags.
    pub tags: &'a [String],
    /// Any of these rules.
    pub rules: &'a [RuleId],
    /// Any of these names.
    pub names: &'a [String],
}

/// The rows of one file that run.
pub struct Job<'a> {
    /// The file.
    pub file: &'a Loaded,
    /// The indices of its scenarios, in order.
    pub rows: Vec<usize>,
}

impl Job<'_> {
    /// The scenarios that run.
    pub fn scenarios(&self) -> impl Iterator<Item = &Scenario> {
        self.rows.iter().map(|row| &self.file.scenarios[*row])
    }

    /// Whether all of the file's scenarios run.
    pub fn is_whole(&self) -> bool {
        self.rows.len() == self.file.scenarios.len()
    }
}

impl Selection<'_> {
    /// The jobs for what fits; files of which nothing fits are left out.
    pub fn jobs<'f>(&self, files: &'f [Loaded]) -> Vec<Job<'f>> {
        let all = || files.iter().flat_map(|file| &file.scenarios);
        let names: Vec<Name> = self
            .names
            .iter()
            .map(|name| match all().any(|scenario| scenario.title() == *name) {
                true => Name::Whole(name),
                false if all().any(|scenario| scenario.name == *name) => Name::File(name),
                false if name.contains(['*', '?']) => Name::Pattern(name.chars().collect()),
                false => Name::Part(name),
            })
            .collect();
        let fits = |scenario: &Scenario| {
            let title = scenario.title();
            let file = &scenario.name;
            (self.tags.is_empty() || self.tags.iter().any(|tag| scenario.tags.contains(tag)))
                && (self.rules.is_empty() || self.rules.iter().any(|rule| scenario.rules.contains(rule)))
                && (names.is_empty() || names.iter().any(|name| name.fits(file, &title)))
        };
        let job = |file: &'f Loaded| {
            let rows: Vec<usize> = (0..file.scenarios.len()).filter(|row| fits(&file.scenarios[*row])).collect();
            Job { file, rows }
        };
        files.iter().map(job).filter(|job| !job.rows.is_empty()).collect()
    }
}

/// How a name is meant.
enum Name<'a> {
    /// It is the whole name of a scenario.
    Whole(&'a str),
    /// It is the name of a file, without its rows.
    File(&'a str),
    /// It stands anywhere in a name.
    Part(&'a str),
    /// It is a pattern for a whole name.
    Pattern(Vec<char>),
}

impl Name<'_> {
    fn fits(&self, file: &str, title: &str) -> bool {
        match self {
            Name::Whole(name) => title == *name,
            Name::File(name) => file == *name,
            Name::Part(name) => title.contains(name),
            Name::Pattern(pattern) => matches(pattern, &title.chars().collect::<Vec<char>>()),
        }
    }
}

/// Whether a pattern with `*` and `?` fits a whole text. After a mismatch it goes back to the last star only, so that no
/// pattern takes more than (pattern x text) steps.
fn matches(pattern: &[char], text: &[char]) -> bool {
    let (mut at, mut from) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, from));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[from] => (at, from) = (at + 1, from + 1),
            _ => match star {
                Some((after, taken)) => {
                    star = Some((after, taken + 1));
                    (at, from) = (after, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        let fits = |pattern: &str, text: &str| {
            matches(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>())
        };
        for (pattern, text) in
            [("h4*", "h40-x"), ("*", ""), ("a?c", "abc"), ("*b*b", "abab"), ("**", "x"), ("ä*", "äö")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("h4*", "xh40"), ("?", ""), ("a?c", "ac"), ("*b", "ba"), ("", "x")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
        assert!(!fits(&"*a".repeat(50), &"a".repeat(49)));
    }
}
