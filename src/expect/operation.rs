//! When two pieces of source text are the same operation.

/// True where the texts differ in white space only: `ch<-v` is `ch <- v`. Blanks that
/// keep two words apart count, and so does all inside quotes.
pub fn same_source(a: &str, b: &str) -> bool {
    squeeze(a) == squeeze(b)
}

/// The text without the blanks that gofmt could add or drop.
fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quote: Option<char> = None;
    let mut escaped = false;
    let mut gap = false;
    for c in text.trim().chars() {
        if let Some(open) = quote {
            out.push(c);
            if c == open && !escaped {
                quote = None;
            }
            escaped = c == '\\' && !escaped && open != '`';
        } else if c.is_whitespace() {
            gap = true;
        } else {
            if gap && is_word(c) && out.chars().next_back().is_some_and(is_word) {
                out.push(' ');
            }
            gap = false;
            if matches!(c, '"' | '\'' | '`') {
                quote = Some(c);
            }
            out.push(c);
        }
    }
    out
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::same_source;

    #[test]
    fn white_space_is_free_where_gofmt_says() {
        assert!(same_source("ch<-v", "ch <- v"));
        assert!(same_source(" s.mu.Lock( ) ", "s.mu.Lock()"));
        assert!(same_source("for r := range\treqs", "for r:=range reqs"));
        assert!(!same_source("range reqs", "rangereqs"));
        assert!(same_source(r#"log( "a \" b" )"#, r#"log("a \" b")"#));
        assert!(!same_source(r#"log("a  b")"#, r#"log("a b")"#));
    }
}
