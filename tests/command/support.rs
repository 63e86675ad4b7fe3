//! A folder of its own for each test, and the command run in it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A scenario that holds.
pub const GOOD: &str = r#"
format = 1
name = "NAME"
why = "A change in CRM reaches Outlook."
rules = ["PRE-UPD"]
tags = ["small"]
clients = [{ id = "desk", user = "ann", role = "primary" }]
items = [{ id = "zoe", kind = "contact", side = "both", set = { lastname = "Ray", telephone1 = "111" } }]
steps = [
  { do = "edit", item = "zoe", on = "crm", set = { telephone1 = "222" } },
  { do = "sync", on = "desk" },
  { id = "look", expect = "fields", item = "zoe", on = "desk", set = { telephone1 = "222" } },
]
"#;

/// What a command came to.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A folder that goes when the test ends.
pub struct Folder(pub PathBuf);

impl Folder {
    /// An empty folder; `test` is the name of the test.
    pub fn new(test: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("crmsim-command-{test}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Writes a file; folders on the way are made.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes [`GOOD`] as `name`.toml.
    pub fn good(&self, name: &str) {
        let stem = name.rsplit('/').next().unwrap();
        self.write(&format!("{name}.toml"), GOOD.replace("NAME", stem));
    }

    /// Writes [`GOOD`] as `name`.toml, but for one value that it expects wrongly.
    pub fn bad(&self, name: &str) {
        let expected = "on = \"desk\", set = { telephone1 = \"222\"";
        assert!(GOOD.contains(expected));
        self.write(
            &format!("{name}.toml"),
            GOOD.replace("NAME", name).replace(expected, &expected.replace("222", "999")),
        );
    }

    /// The command with these arguments, in the folder.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crmsim"));
        command.args(args).current_dir(&self.0).stdin(Stdio::null());
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CRMSIM_PLANTED_LEAK", "CRMSIM_PLANTED_PANIC", "CI"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the command.
    pub fn run(&self, args: &[&str]) -> Ended {
        ended(self.command(args))
    }

    /// Runs the command with an environment variable.
    pub fn run_with(&self, (name, value): (&str, &str), args: &[&str]) -> Ended {
        let mut command = self.command(args);
        command.env(name, value);
        ended(command)
    }

    /// Runs the command with a text on standard input.
    pub fn run_reading(&self, input: &[u8], args: &[&str]) -> Ended {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that refuses a large input stops reading it.
        let _ = child.stdin.take().unwrap().write_all(input);
        let output = child.wait_with_output().unwrap();
        taken(output)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn ended(mut command: Command) -> Ended {
    taken(command.output().unwrap())
}

fn taken(output: std::process::Output) -> Ended {
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The folder of the project.
pub fn project() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
