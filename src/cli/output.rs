//! Standard output and standard error.
//!
//! Results go to standard output, and what is wrong with files to standard error. A reader that went away (`| head`) is
//! no fault: what is left is not written, and the exit code stays that of the run.

use std::io::{ErrorKind, Write};

use anstream::{AutoStream, ColorChoice};
use serde::Serialize;

use super::args::Color;
use super::exit::Exit;

/// Where the command writes.
pub struct Output {
    choice: ColorChoice,
    /// Nobody reads standard output any more.
    closed: bool,
    /// Why it could not be written.
    failed: Option<std::io::Error>,
}

impl Output {
    /// The output of a command.
    pub fn new(color: Color) -> Output {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Output { choice, closed: false, failed: None }
    }

    /// Writes a text with styles to standard output.
    pub fn print(&mut self, text: &str) {
        if self.closed {
            return;
        }
        let mut stream = AutoStream::new(std::io::stdout(), self.choice);
        if let Err(error) = stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
            self.closed = true;
            if error.kind() != ErrorKind::BrokenPipe {
                self.failed = Some(error);
            }
        }
    }

    /// Writes a value as JSON to standard output.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.print(&(text + "\n")),
            Err(error) => self.failed = Some(error.into()),
        }
    }

    /// Writes a text with styles to standard error; when that is not possible, there is nobody to tell.
    pub fn complain(&mut self, text: &str) {
        let mut stream = AutoStream::new(std::io::stderr(), self.choice);
        let _ = stream.write_all(text.as_bytes());
    }

    /// The exit code, given that of the work.
    pub fn finish(mut self, exit: Exit) -> Exit {
        match self.failed.take() {
            None => exit,
            Some(error) => {
                self.complain(&format!("error: standard output cannot be written: {error}\n"));
                exit.max(Exit::Wrong)
            }
        }
    }
}
