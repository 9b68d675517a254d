//! The text of a model as it grows, and what its lines stand for.

use crate::commands::RoutineId;
use crate::machine::PointId;

/// What it means that a trail comes to a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// The process takes this edge.
    Step { routine: RoutineId, point: PointId, edge: usize },
    /// The value that the process is choosing is larger by one.
    Climb,
}

#[derive(Default, Debug)]
#[expect(clippy::struct_field_names, reason = "the text of a text is its text")]
pub(super) struct Text {
    pub(super) text: String,
    line: usize,
    /// By line, the first being 1.
    pub(super) origins: Vec<(usize, Origin)>,
}

impl Text {
    /// A line of its own. Whatever comes next may still be appended to it.
    pub(super) fn line(&mut self, text: &str) {
        if self.line > 0 {
            self.text.push('\n');
        }
        self.text.push_str(text);
        self.line += 1 + text.bytes().filter(|&c| c == b'\n').count();
    }

    /// How many lines there are.
    pub(super) fn lines(&self) -> usize {
        self.line
    }

    pub(super) fn blank(&mut self) {
        self.line("");
    }

    pub(super) fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A line that a trail may name.
    pub(super) fn step(&mut self, text: &str, origin: Option<Origin>) {
        self.line(text);
        self.origins.extend(origin.map(|origin| (self.line, origin)));
    }
}
