//! What a fix changes, statement by statement.
//!
//! In: a file and one of its fixes. Out: [`Part`]s, each of which can be taken back alone by edits of the file's text.
//! Functions are compared statement by statement, into blocks, cases and function literals; of other declarations each is
//! one part.

use std::collections::BTreeMap;

use super::edit::Edit;
use super::tree::{self, Item, List};
use crate::source::{Source, Span};
use crate::syntax::ast::{Decl, File, Fix, FuncDecl};

/// One change of a fix.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    pub change: Change,
    /// Where it is: a place in the fix, or in the original where the fix has nothing.
    pub span: Span,
    /// The declaration it is in: `Server.Close`.
    pub within: String,
    /// What takes it back.
    pub revert: Vec<Edit>,
}

/// What a part does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    Adds(String),
    Removes(String),
    Replaces { old: String, new: String },
}

/// The parts of `fix`, in the order of the text.
pub fn parts(source: &Source, file: &File, fix: &Fix) -> Vec<Part> {
    let mut found = Finder { source, parts: Vec::new(), within: String::new() };
    let original: BTreeMap<String, &Decl> =
        file.decls.iter().flat_map(|decl| keys(decl).into_iter().map(move |key| (key, decl))).collect();
    for decl in &fix.decls {
        let Some(key) = keys(decl).into_iter().next() else { continue };
        found.within.clone_from(&key);
        match (decl, original.get(&key)) {
            (Decl::Func(new), Some(Decl::Func(old))) if signature(source, old) == signature(source, new) => {
                found.lists(&tree::block(&old.body), &tree::block(&new.body));
            }
            (_, old) => found.declaration(decl, old.copied()),
        }
    }
    found.parts
}

/// The names that a declaration declares; none where it is no part of the program.
pub fn keys(decl: &Decl) -> Vec<String> {
    match decl {
        Decl::Func(func) => vec![function(func)],
        Decl::Type(decl) => vec![decl.name.name.clone()],
        Decl::Var(decl) => decl.names.iter().map(|name| name.name.clone()).collect(),
        Decl::Const(group) => {
            group.specs.iter().flat_map(|spec| &spec.names).map(|name| name.name.clone()).collect()
        }
        Decl::Param(param) => vec![param.name.name.clone()],
        Decl::Delete(delete) => vec![delete.name.name.clone()],
        Decl::Import(_)
        | Decl::Meta(_)
        | Decl::Check(_)
        | Decl::Cover(_)
        | Decl::Expect(_)
        | Decl::Loses(_)
        | Decl::Fix(_) => Vec::new(),
    }
}

/// `main`, `Server.Close`.
pub fn function(func: &FuncDecl) -> String {
    match &func.receiver {
        Some(receiver) => format!("{}.{}", receiver.ty.name, func.name.name),
        None => func.name.name.clone(),
    }
}

/// Where a declaration stands.
pub fn span(decl: &Decl) -> Span {
    match decl {
        Decl::Import(it) => it.span,
        Decl::Meta(it) => it.span,
        Decl::Param(it) => it.span,
        Decl::Const(it) => it.span,
        Decl::Var(it) => it.span,
        Decl::Type(it) => it.span,
        Decl::Func(it) => it.span,
        Decl::Check(it) => it.span,
        Decl::Cover(it) => it.span,
        Decl::Expect(it) => it.span,
        Decl::Fix(it) => it.span,
        Decl::Delete(it) => it.span,
        Decl::Loses(it) => it.span,
    }
}

/// The text of a declaration, with the word that it shares with its group.
pub fn text_of(source: &Source, decl: &Decl) -> String {
    let text = source.slice(span(decl));
    let word = match decl {
        Decl::Var(_) => "var",
        Decl::Type(_) => "type",
        Decl::Const(_) => "const",
        _ => return text.to_owned(),
    };
    let starts = text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '\t', '(', '\n']));
    if starts { text.to_owned() } else { format!("{word} {text}") }
}

/// The head of a function, without its body.
fn signature(source: &Source, func: &FuncDecl) -> String {
    words(&source.text()[func.span.start as usize..func.body.span.start as usize])
}

/// A text without comments, its white space made equal.
pub fn words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quote = None;
    while let Some(c) = rest.chars().next() {
        let next = &rest[c.len_utf8()..];
        match (quote, c) {
            (None, '/') if next.starts_with('/') => {
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
                continue;
            }
            (None, '/') if next.starts_with('*') => {
                rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
                continue;
            }
            (None, '"' | '`' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            (Some(_), '\\') => {
                out.push(c);
                let escaped = next.chars().next().map_or(0, char::len_utf8);
                out.push_str(&next[..escaped]);
                rest = &next[escaped..];
                continue;
            }
            _ => {}
        }
        if quote.is_none() && c.is_whitespace() {
            if !out.ends_with(' ') && !out.is_empty() {
                out.push(' ');
            }
        } else {
            out.push(c);
        }
        rest = next;
    }
    out.truncate(out.trim_end().len());
    out
}

/// From the first of `items` to the last.
fn around(items: &[Item<'_>]) -> Option<Span> {
    Some(Span { start: items.first()?.span.start, end: items.last()?.span.end })
}

struct Finder<'a> {
    source: &'a Source,
    parts: Vec<Part>,
    within: String,
}

impl Finder<'_> {
    fn text(&self, span: Span) -> String {
        words(self.source.slice(span))
    }

    /// The text of an item with the insides of its lists left out.
    fn skeleton(&self, item: &Item<'_>) -> String {
        let mut out = String::new();
        let mut at = item.span.start;
        for list in &item.lists {
            let end = list.items.last().map_or(list.start, |last| last.span.end).max(at);
            out.push_str(self.source.slice(Span { start: at, end: list.start.max(at) }));
            out.push('…');
            at = end;
        }
        out.push_str(self.source.slice(Span { start: at, end: item.span.end.max(at) }));
        words(&out).replace("… ", "…").replace(" …", "…")
    }

    fn declaration(&mut self, new: &Decl, old: Option<&Decl>) {
        let at = span(new);
        let head = |span: Span| {
            let text = self.text(span);
            text.split_once(" {").map_or(text.clone(), |(head, _)| format!("{head} {{…}}"))
        };
        let change = match (new, old) {
            (Decl::Delete(delete), _) => Change::Removes(delete.name.name.clone()),
            (_, Some(old)) => Change::Replaces { old: head(span(old)), new: head(at) },
            (_, None) => Change::Adds(head(at)),
        };
        let revert = match (new, old) {
            (Decl::Delete(_), _) | (_, None) => vec![Edit::remove(self.whole(at))],
            (_, Some(old)) => {
                let text = self.source.slice(span(old)).to_owned();
                vec![Edit { range: at.range(), text }]
            }
        };
        self.parts.push(Part { change, span: at, within: self.within.clone(), revert });
    }

    /// The span of a declaration with the word before it, which a group shares.
    fn whole(&self, span: Span) -> std::ops::Range<usize> {
        let before = self.source.text()[..span.start as usize].trim_end();
        let start = before.strip_suffix("var").map_or(span.start as usize, str::len);
        start..span.end as usize
    }

    /// Compares two lists: the longest common list of equal statements stays, what is between is a change.
    fn lists(&mut self, old: &List<'_>, new: &List<'_>) {
        let texts = |list: &List<'_>| list.items.iter().map(|item| self.text(item.span)).collect::<Vec<_>>();
        let (old_texts, new_texts) = (texts(old), texts(new));
        let mut pairs = common(&old_texts, &new_texts);
        pairs.push((old.items.len(), new.items.len()));
        let (mut from, mut to) = (0, 0);
        for (old_at, new_at) in pairs {
            self.gap(&old.items[from..old_at], &new.items[to..new_at], new, to);
            (from, to) = (old_at + 1, new_at + 1);
        }
    }

    /// Whether one can be what has become of the other.
    fn alike(&self, old: &Item<'_>, new: &Item<'_>) -> bool {
        self.same_around(old, new) || self.assign_the_same(old, new)
    }

    /// The same but for what is in their blocks.
    fn same_around(&self, old: &Item<'_>, new: &Item<'_>) -> bool {
        !old.lists.is_empty() && self.skeleton(old) == self.skeleton(new)
    }

    fn assign_the_same(&self, old: &Item<'_>, new: &Item<'_>) -> bool {
        let (old, new) = (self.text(old.span), self.text(new.span));
        assigned(&new).is_some() && assigned(&new) == assigned(&old)
    }

    /// What stands between two statements that both have. `first` is the place of the gap in `list`.
    fn gap(&mut self, old: &[Item<'_>], new: &[Item<'_>], list: &List<'_>, first: usize) {
        // One statement in the place of several, or several in the place of one: neither side means much alone.
        if (old.len() == 1) != (new.len() == 1)
            && let (Some(from), Some(to)) = (around(old), around(new))
            && !old.iter().any(|old| new.iter().any(|new| self.alike(old, new)))
        {
            let texts = |items: &[Item<'_>]| -> String {
                items.iter().map(|item| self.text(item.span)).collect::<Vec<_>>().join("; ")
            };
            let change = Change::Replaces { old: texts(old), new: texts(new) };
            let revert = vec![Edit { range: to.range(), text: self.source.slice(from).to_owned() }];
            return self.push(change, to, revert);
        }
        let mut left: Vec<&Item<'_>> = old.iter().collect();
        let mut twins: Vec<Option<&Item<'_>>> = Vec::new();
        for item in new {
            let twin = left.iter().position(|other| self.same_around(other, item));
            let twin = twin.or_else(|| left.iter().position(|other| self.assign_the_same(other, item)));
            twins.push(twin.map(|twin| left.remove(twin)));
        }
        // What is left on both sides is what has become of it.
        if let (1, [_]) = (twins.iter().filter(|twin| twin.is_none()).count(), left.as_slice()) {
            twins.iter_mut().filter(|twin| twin.is_none()).for_each(|twin| *twin = left.pop());
        }
        for (item, twin) in new.iter().zip(twins) {
            match twin {
                Some(other) if self.same_around(other, item) && other.lists.len() == item.lists.len() => {
                    for (old, new) in other.lists.iter().zip(&item.lists) {
                        self.lists(old, new);
                    }
                }
                Some(other) => {
                    let change = Change::Replaces { old: self.text(other.span), new: self.text(item.span) };
                    let text = self.source.slice(other.span).to_owned();
                    let revert = vec![Edit { range: item.span.range(), text }];
                    self.push(change, item.span, revert);
                }
                None => {
                    self.push(
                        Change::Adds(self.text(item.span)),
                        item.span,
                        vec![Edit::remove(item.span.range())],
                    );
                }
            }
        }
        // Put back before what stands there now.
        let place = match first.checked_sub(1).and_then(|before| list.items.get(before)) {
            Some(before) => before.span.end,
            None => list.start,
        };
        for item in left {
            let text = format!("\n{}\n", self.source.slice(item.span));
            let revert = vec![Edit::insert(place as usize, text)];
            self.push(Change::Removes(self.text(item.span)), item.span, revert);
        }
    }

    fn push(&mut self, change: Change, span: Span, revert: Vec<Edit>) {
        self.parts.push(Part { change, span, within: self.within.clone(), revert });
    }
}

/// What an assignment gives a value to.
fn assigned(text: &str) -> Option<&str> {
    let (target, value) = text.split_once(" := ").or_else(|| text.split_once(" = "))?;
    (!target.contains('{') && !value.is_empty()).then_some(target)
}

/// A longest common subsequence, as pairs of indices.
fn common(one: &[String], other: &[String]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0usize; other.len() + 1]; one.len() + 1];
    for i in (0..one.len()).rev() {
        for j in (0..other.len()).rev() {
            longest[i][j] = if one[i] == other[j] {
                longest[i + 1][j + 1] + 1
            } else {
                longest[i + 1][j].max(longest[i][j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < one.len() && j < other.len() {
        if one[i] == other[j] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if longest[i + 1][j] >= longest[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{Change, parts, words};
    use crate::source::Source;
    use crate::syntax;
    use crate::syntax::ast::Decl;
    use crate::verify::edit;

    /// The changes of the fix in `text`, and the fix with each taken back.
    fn of(text: &str) -> Vec<(String, String)> {
        let source = Source::new("m.knot", text);
        let (file, problems) = syntax::parse(&source);
        assert!(!problems.has_errors());
        let fix = file.decls.iter().find_map(|decl| if let Decl::Fix(fix) = decl { Some(fix) } else { None });
        let show = |change: &Change| match change {
            Change::Adds(text) => format!("+ {text}"),
            Change::Removes(text) => format!("- {text}"),
            Change::Replaces { old, new } => format!("{old} -> {new}"),
        };
        let all = parts(&source, &file, fix.expect("a fix"));
        all.iter()
            .map(|part| {
                let reverted = edit::apply(text, &part.revert);
                let fix = reverted.split_once("fix f {").map_or("", |(_, fix)| fix);
                (show(&part.change), words(fix))
            })
            .collect()
    }

    #[test]
    fn statement_by_statement() {
        let text = "model m\nfunc main() {\n\ta()\n\tb()\n\tif x {\n\t\tc()\n\t}\n}\nfix f {\n\
                    \tfunc main() {\n\t\tb()\n\t\td() // new\n\t\tif x {\n\t\t\te()\n\t\t}\n\t}\n}\n";
        let all = of(text);
        assert_eq!(
            all,
            [
                ("- a()".to_owned(), "func main() { a() b() d() if x { e() } } }".to_owned()),
                ("+ d()".to_owned(), "func main() { b() if x { e() } } }".to_owned()),
                ("c() -> e()".to_owned(), "func main() { b() d() if x { c() } } }".to_owned()),
            ]
        );
    }

    #[test]
    fn several_in_the_place_of_one() {
        let text = "model m\nfunc main() {\n\ta()\n\tb()\n}\nfunc g() {\n\tx()\n\ty()\n\tz()\n}\nfix f {\n\
                    \tfunc main() {\n\t\tc()\n\t\td()\n\t\tb()\n\t}\n\tfunc g() {\n\t\tw()\n\t}\n}\n";
        let all = of(text);
        assert_eq!(all.len(), 2, "{all:?}");
        assert_eq!(all[0].0, "a() -> c(); d()");
        assert_eq!(all[0].1, "func main() { a() b() } func g() { w() } }");
        assert_eq!(all[1].0, "x(); y(); z() -> w()");
    }

    #[test]
    fn what_is_left_on_both_sides_belongs_together() {
        let text = "model m\nfunc main() {\n\tx = 1\n\ta()\n}\nfix f {\n\
                    \tfunc main() {\n\t\tb()\n\t\tx = 2\n\t}\n}\n";
        let changes: Vec<String> = of(text).into_iter().map(|(change, _)| change).collect();
        assert_eq!(changes, ["a() -> b()", "x = 1 -> x = 2"]);
    }

    #[test]
    fn cases_and_function_literals() {
        let text = "model m\nfunc main() {\n\tgo func() {\n\t\tselect {\n\t\tcase <-a:\n\t\t}\n\t}()\n}\nfix f {\n\
                    \tfunc main() {\n\t\tgo func() {\n\t\t\tselect {\n\t\t\tcase <-a:\n\t\t\tcase <-b:\n\t\t\t\tx()\n\
                    \t\t\t}\n\t\t}()\n\t}\n}\n";
        let all = of(text);
        assert_eq!(all.len(), 1, "{all:?}");
        assert_eq!(all[0].0, "+ case <-b: x()");
        assert_eq!(all[0].1, "func main() { go func() { select { case <-a: } }() } }");
    }

    #[test]
    fn declarations_are_one_part_each() {
        let text = "model m\nvar c = make(chan int)\nfunc main() {\n}\nfix f {\n\tvar c = make(chan int, 1)\n\
                    \tfunc help() {\n\t}\n}\n";
        let changes: Vec<String> = of(text).into_iter().map(|(change, _)| change).collect();
        assert_eq!(changes, ["c = make(chan int) -> c = make(chan int, 1)", "+ func help() {…}"]);
    }

    #[test]
    fn a_variable_is_taken_back_whole() {
        let text = "model m\nvar c = 1\nfix f {\n\tvar c = 2\n\tvar d = 3\n}\n";
        let all = of(text);
        assert_eq!(all[0], ("c = 1 -> c = 2".to_owned(), "var c = 1 var d = 3 }".to_owned()));
        assert_eq!(all[1], ("+ d = 3".to_owned(), "var c = 2 }".to_owned()));
    }

    #[test]
    fn comments_and_white_space_do_not_count() {
        assert_eq!(words("a  // \"x\n\tb /* c */ d"), "a b d");
        assert_eq!(words("f(\"a  // b\\\"\")"), "f(\"a  // b\\\"\")");
    }
}
