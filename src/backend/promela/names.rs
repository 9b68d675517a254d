//! Identifiers: names of the model as Promela and C accept them.
//!
//! In: any text. Out: an identifier that is nobody else's, no word of Promela, of C or of the macros in what SPIN
//! generates, and still looks like the name it was made from.

use rustc_hash::FxHashSet;

/// The identifiers that are taken.
#[derive(Clone, Debug)]
pub(super) struct Names {
    taken: FxHashSet<String>,
}

impl Names {
    pub(super) fn new() -> Self {
        let words = PROMELA.iter().chain(C).chain(MACROS).chain(OURS);
        Self { taken: words.map(|&word| word.to_owned()).collect() }
    }

    /// An identifier made from `name` that has not been given away before.
    pub(super) fn take(&mut self, name: &str) -> String {
        let base = identifier(name);
        let mut unique = unreserved(base.clone());
        let mut number = 1;
        while !self.taken.insert(unique.clone()) {
            number += 1;
            unique = unreserved(format!("{base}_{number}"));
        }
        unique
    }
}

/// Letters, digits and underscores, a letter first.
fn identifier(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => text.push(c),
            '&' if text.is_empty() => text.push_str("ref_"),
            _ if c.is_alphanumeric() => text.push_str(&format!("u{:x}_", u32::from(c))),
            _ if text.is_empty() || text.ends_with('_') => {}
            _ => text.push('_'),
        }
    }
    let text = text.trim_end_matches('_');
    // What SPIN generates truncates nothing, but a line must stay readable.
    let text: String = text.chars().take(60).collect();
    match text.chars().next() {
        None => "x".to_owned(),
        Some('a'..='z' | 'A'..='Z') => text,
        Some(_) => format!("x{text}"),
    }
}

/// `name`, or another that is like it and for variables.
fn unreserved(name: String) -> String {
    if is_reserved(&name) { format!("v_{name}") } else { name }
}

/// Shapes of names that are not for variables: labels of points, constants, the structures of what SPIN generates.
fn is_reserved(name: &str) -> bool {
    let numbered = |prefix: &str| {
        name.strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_digit()))
    };
    let shouted = name.len() > 1 && !name.bytes().any(|c| c.is_ascii_lowercase());
    let label = ["end", "progress", "accept"].iter().any(|prefix| name.starts_with(prefix));
    shouted || label || ["p", "P", "Q", "S", "T", "L", "c_"].into_iter().any(numbered)
}

const PROMELA: &[&str] = &[
    "active",
    "assert",
    "atomic",
    "bit",
    "bool",
    "break",
    "byte",
    "c_code",
    "c_decl",
    "c_expr",
    "c_state",
    "c_track",
    "chan",
    "d_step",
    "D_proctype",
    "do",
    "else",
    "empty",
    "enabled",
    "eval",
    "false",
    "fi",
    "for",
    "full",
    "get_priority",
    "goto",
    "hidden",
    "if",
    "in",
    "init",
    "inline",
    "int",
    "len",
    "local",
    "ltl",
    "mtype",
    "nempty",
    "never",
    "nfull",
    "notrace",
    "np_",
    "od",
    "of",
    "pc_value",
    "pid",
    "print",
    "printf",
    "printm",
    "priority",
    "proctype",
    "provided",
    "return",
    "run",
    "select",
    "set_priority",
    "short",
    "show",
    "skip",
    "timeout",
    "trace",
    "true",
    "typedef",
    "unless",
    "unsigned",
    "xr",
    "xs",
    "always",
    "eventually",
    "until",
    "weakuntil",
    "release",
    "implies",
    "equivalent",
    "stronguntil",
    "X",
    "U",
    "V",
    "W",
    "next",
];

const C: &[&str] = &[
    "asm", "auto", "case", "char", "const", "continue", "default", "double", "enum", "extern", "float",
    "inline", "long", "register", "restrict", "signed", "sizeof", "static", "struct", "switch", "typeof",
    "union", "void", "volatile", "while",
];

/// What the preprocessor replaces, in a model or in what SPIN generates.
const MACROS: &[&str] = &[
    "linux",
    "unix",
    "i386",
    "stdin",
    "stdout",
    "stderr",
    "errno",
    "assert",
    "uchar",
    "uint",
    "ulong",
    "ushort",
    "now",
    "Fa",
    "Fh",
    "Fn",
    "Index",
    "Boundcheck",
    "Uerror",
    "isatty",
    "qtype",
    "endstate",
    "major",
    "minor",
    "makedev",
    "dmin",
    "signgam",
    "st_atime",
    "sa_handler",
    "si_pid",
    "environ",
    "alloca",
    "offsetof",
    "printm",
    "or",
    "and",
    "not",
    "xor",
    "min",
    "max",
    "NULL",
    "EOF",
    "main_",
    "setjmp",
    "va_start",
    "va_end",
    "va_arg",
    "va_copy",
    "htons",
    "ntohs",
    "unlikely",
    "likely",
    "cpp",
    "c_hash",
    "d_hash",
    "s_hash",
    "log",
    "Unused",
    "is_red",
    "be16toh",
    "st_mtime",
    "st_ctime",
    "wait",
    "bool",
];

/// The names of the fixed part of every model.
const OURS: &[&str] = &[
    "mem",
    "free",
    "ended",
    "main_ended",
    "sync",
    "syncs",
    "others",
    "watch",
    "iterations",
    "stop",
    "pop",
    "push_0",
    "push_1",
    "push_2",
    "push_3",
    "push_4",
    "push_5",
    "push_6",
    "copy",
    "look",
    "enter",
    "insert",
    "take",
    "remove",
    "empty_all",
    "clear",
    "iterate",
];

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn every_name_is_another_and_no_word_of_spin() {
        let mut names = Names::new();
        let mut take = |name: &str| names.take(name);
        assert_eq!(["c", "c", "c"].map(&mut take), ["c", "v_c_2", "v_c_3"]);
        assert_eq!(
            ["ended", "end", "accept", "MAX", "P0"].map(&mut take),
            ["v_ended", "v_end", "v_accept", "v_MAX", "v_P0"]
        );
        assert_eq!(
            ["int", "s.mu", "世", "&x", "_", "9"].map(&mut take),
            ["int_2", "s_mu", "u4e16", "ref_x", "x", "x9"]
        );
    }
}
