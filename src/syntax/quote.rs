//! A text as Go writes it: a string literal.

/// Between double quotes; what one cannot see is escaped.
pub fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            // Go takes a byte order mark at the start of a file only.
            c if c.is_control() || c == '\u{feff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn go_reads_it_back() {
        assert_eq!(quoted("a \"b\"\\\n\t\r"), r#""a \"b\"\\\n\t\r""#);
        assert_eq!(quoted("\u{7}\u{feff}ñ"), "\"\\u0007\\ufeffñ\"");
    }
}
