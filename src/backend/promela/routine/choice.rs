//! An option of an `if` or a `do`, written as the fewest steps.

use super::{Choice, Guard};
use crate::backend::promela::statements::{Statement, line, lines};
use crate::backend::promela::text::{Origin, Text};

impl Choice {
    pub(super) fn is_d_step(&self) -> bool {
        let bare = matches!(&self.guard, Guard::Condition(guard) if guard == "true");
        match self.statements.as_slice() {
            [] => false,
            [Statement::Do(_)] if bare => false,
            _ => !self.atomic && matches!(self.guard, Guard::Condition(_)),
        }
    }

    pub(super) fn write(&self, prefix: &str, out: &mut Text) {
        let (guard, handshake) = match &self.guard {
            Guard::Condition(text) => (text.as_str(), false),
            Guard::Handshake(text) => (text.as_str(), true),
        };
        let atomic = self.atomic || handshake && !self.statements.is_empty();
        match (self.statements.as_slice(), atomic) {
            ([], _) => out.step(&format!("{prefix}{guard}"), self.origin),
            ([Statement::Do(only)], false) if guard == "true" => {
                out.step(&format!("{prefix}{only}"), self.origin);
            }
            (statements, false) => {
                let guard = if guard == "true" { String::new() } else { format!("{guard} -> ") };
                let text = format!("{prefix}d_step {{ {guard}{} }}", line(statements));
                if text.len() <= 110 {
                    out.step(&text, self.origin);
                } else {
                    self.block(prefix, "d_step", &guard, out);
                }
            }
            (_, true) => {
                let sign = if handshake { ";" } else { " ->" };
                self.block(prefix, "atomic", &format!("{guard}{sign} "), out);
            }
        }
        if !self.after.is_empty() {
            out.append(";");
            out.line(&format!("\t\td_step {{ {} }}", line(&self.after)));
        }
    }

    pub(super) fn block(&self, prefix: &str, kind: &str, guard: &str, out: &mut Text) {
        out.step(format!("{prefix}{kind} {{ {guard}").trim_end(), self.origin);
        let mut all = Vec::new();
        lines(&self.statements, "\t\t", &mut all);
        for it in all {
            let origin = if it.climbs {
                Some(Origin::Climb)
            } else if kind == "d_step" {
                self.origin
            } else {
                None
            };
            out.step(&it.text, origin);
        }
        out.line("\t   }");
    }
}
