//! Values as TLC prints them.

use std::collections::BTreeMap;

/// A value of TLA+.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Int(i64),
    Text(String),
    Sequence(Vec<Value>),
    Record(BTreeMap<String, Value>),
}

impl Value {
    pub(super) fn int(&self) -> Option<i64> {
        if let Self::Int(value) = self { Some(*value) } else { None }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn sequence(&self) -> Option<&[Value]> {
        if let Self::Sequence(parts) = self { Some(parts) } else { None }
    }

    /// A sequence of numbers.
    pub(super) fn ints(&self) -> Option<Vec<i64>> {
        self.sequence()?.iter().map(Self::int).collect()
    }

    pub(super) fn field(&self, name: &str) -> Option<&Value> {
        if let Self::Record(fields) = self { fields.get(name) } else { None }
    }
}

/// The values of the variables in `/\ x = … /\ y = …`.
pub(super) fn conjunction(text: &str) -> Option<BTreeMap<String, Value>> {
    let mut reader = Reader { rest: text.trim() };
    let mut variables = BTreeMap::new();
    while !reader.rest.is_empty() {
        // A state of one variable has no conjunction.
        reader.take("/\\");
        let name = reader.word()?;
        reader.take("=").then_some(())?;
        variables.insert(name, reader.value()?);
        reader.skip();
    }
    Some(variables)
}

/// What a module has TLC print.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Told {
    /// A run has hit this bound.
    Bound(String),
    /// Some step changes nothing.
    StandsStill,
    /// So many slots are in use.
    Goroutines(usize),
    /// The goroutine in this slot comes to this place.
    Comes { slot: usize, at: String },
}

/// What the module has printed, somewhere in `output`.
pub fn told(output: &str) -> Vec<Told> {
    let starts = output.match_indices("<<").map(|(at, _)| at);
    let values = starts.filter_map(|at| Reader { rest: &output[at..] }.value());
    let told = values.filter_map(|value| {
        let parts = value.sequence()?;
        let (text, number) = (
            |index: usize| parts.get(index)?.text(),
            |index: usize| parts.get(index)?.int().and_then(|number| usize::try_from(number).ok()),
        );
        Some(match text(0)? {
            "goknot: bound" => Told::Bound(text(1)?.to_owned()),
            "goknot: stands still" => Told::StandsStill,
            "goknot: goroutines" => Told::Goroutines(number(1)?),
            "goknot: comes" => Told::Comes { slot: number(1)?, at: text(2)?.to_owned() },
            _ => return None,
        })
    });
    told.collect()
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        let rest = self.rest.strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn word(&mut self) -> Option<String> {
        self.skip();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn value(&mut self) -> Option<Value> {
        self.skip();
        if self.take("<<") {
            return Some(Value::Sequence(self.list(">>", Self::value)?));
        }
        if self.take("[") {
            let fields = self.list("]", |reader| {
                let name = reader.word()?;
                reader.take("|->").then_some(())?;
                Some((name, reader.value()?))
            })?;
            return Some(Value::Record(fields.into_iter().collect()));
        }
        if self.take("\"") {
            return self.text();
        }
        let negative = self.take("-");
        let digits: String = self.rest.chars().take_while(char::is_ascii_digit).collect();
        self.rest = &self.rest[digits.len()..];
        let value: i64 = digits.parse().ok()?;
        Some(Value::Int(if negative { -value } else { value }))
    }

    fn list<T>(&mut self, end: &str, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut parts = Vec::new();
        while !self.take(end) {
            if !parts.is_empty() {
                self.take(",").then_some(())?;
            }
            parts.push(one(self)?);
        }
        Some(parts)
    }

    /// After the opening quote.
    fn text(&mut self) -> Option<Value> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(Value::Text(text));
                }
                '\\' => text.push(chars.next()?.1),
                c => text.push(c),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_read() {
        let text = "/\\ globals = <<0, -3>>\n/\\ end = [kind |-> \"none\",\n  text |-> \"a \\\"b\\\"\"]\n/\\ heap = <<>>";
        let state = conjunction(text).expect("a state");
        assert_eq!(state["globals"].ints(), Some(vec![0, -3]));
        assert_eq!(state["end"].field("text").and_then(Value::text), Some("a \"b\""));
        assert_eq!(state["heap"], Value::Sequence(Vec::new()));
        assert_eq!(conjunction("/\\ x = {1}"), None);
    }
}
