//! Which functions a NAME in an `expect` line may mean.

/// True where `name` is one of `functions`: in full (`Server.Close`, `main.func1`,
/// `main.(*Server).Close`) or without what stands before a dot (`Close`, `(*Server).Close`).
/// A pointer receiver may be written or left out.
pub fn names<'a>(name: &str, functions: impl IntoIterator<Item = &'a str>) -> bool {
    let name = plain(name);
    functions.into_iter().any(|function| {
        let function = plain(function);
        function.strip_suffix(&name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// `main.(*Server).Close` without the dress: `main.Server.Close`. White space goes as well.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '(' | ')' | '*') && !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn all_forms_of_a_name() {
        let stack = ["Server.Close", "main.(*Server).Close", "main"];
        for name in ["Close", "Server.Close", "main.(*Server).Close", "(*Server).Close", "main"] {
            assert!(names(name, stack), "{name}");
        }
        for name in ["lose", "Server", "Client.Close", "main.func1", ""] {
            assert!(!names(name, ["Server.Close", "main.(*Server).Close"]), "{name}");
        }
        assert!(names("main.func1", ["main.func1", "main.main.func1"]));
        assert!(names("Close.func1", ["Server.Close.func1"]));
        assert!(!names("func2", ["main.func1"]));
    }
}
