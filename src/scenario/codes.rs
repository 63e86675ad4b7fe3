//! The codes of errors in scenario files. A code keeps its meaning for ever; a new error gets a new one.

/// The codes with their meanings: E1 syntax and keys, E2 references, E3 values, E4 meaning, E5 files.
pub const CODES: &[(&str, &str)] = &[
    ("E100", "the file is not TOML"),
    ("E101", "a key that nothing has"),
    ("E102", "a key that this word or place does not take"),
    ("E103", "a key that is missing"),
    ("E104", "a step without exactly one of do, fault, expect and note"),
    ("E105", "a key of the format that is not built yet"),
    ("E106", "two keys that exclude each other, or one that needs another"),
    ("E110", "a format that this version does not read"),
    ("E201", "a client that does not exist"),
    ("E202", "a user that does not exist"),
    ("E203", "an item that does not exist"),
    ("E204", "a step that does not exist"),
    ("E205", "an invariant that does not exist"),
    ("E206", "a rule that does not exist"),
    ("E207", "a field that the kind does not have"),
    ("E208", "a filter that does not exist"),
    ("E209", "a variable without a value, or where none can stand"),
    ("E210", "a row of cases that does not exist"),
    ("E211", "a name that is given twice"),
    ("E212", "a variable that nothing uses"),
    ("E213", "a column that the table does not have"),
    ("E214", "a point that the sweep does not have"),
    ("E301", "a value of the wrong type"),
    ("E302", "a word that the key does not take"),
    ("E303", "a number or a list out of range"),
    ("E304", "a text that is no duration"),
    ("E305", "a value that is no moment"),
    ("E306", "a word of the format that is not built yet"),
    ("E307", "a text that is too long"),
    ("E308", "a text that cannot be a name"),
    ("E309", "a text that says nothing"),
    ("E401", "an act, or a key of it, that does not fit where it happens"),
    ("E402", "a field that does not exist on this side"),
    ("E403", "an act that does not fit the kind of the item"),
    ("E404", "an item that does not exist yet, or exists already"),
    ("E405", "a time that goes back"),
    ("E406", "two primary clients of one user"),
    ("E407", "a violation without its reason, or a reason without a violation"),
    ("E408", "an invariant that is waived and must be violated"),
    ("E409", "a step that comes too early or too late, or is of the wrong sort"),
    ("E410", "a call that does not fit the fault"),
    ("E411", "a name that is not the file's"),
    ("E412", "all copies, where one item is meant"),
    ("E413", "something that needs rows of cases"),
    ("E414", "a word that is for drafts only"),
    ("E415", "an act that would do nothing with the key that it has"),
    ("E416", "a sweep of a step where it finds nothing, or of a file that it does not fit"),
    ("E417", "a fault that cannot strike a point of a sweep"),
    ("E418", "a key that does not go with a profile, or needs another there"),
    ("E419", "weights of which none counts"),
    ("E420", "a role, a mailbox and a machine that do not go together"),
    ("E421", "an act that the role of the client does not allow"),
    ("E501", "a file that cannot be read"),
    ("E502", "a file that is too large"),
    ("E503", "a file that is not UTF-8 text"),
    ("E504", "a file without content"),
    ("E505", "brackets that are nested too deeply"),
    ("E506", "more of something than a file may have"),
    ("E507", "a path that is no regular file"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_sorted() {
        assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
