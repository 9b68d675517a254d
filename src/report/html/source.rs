//! The model's text, line by line, in colours.

use super::escape;
use crate::source::Source;
use crate::syntax::paint::{Paint, paint};

/// One line, as HTML.
#[derive(Debug)]
pub(super) struct Line {
    pub number: usize,
    pub html: String,
}

/// All lines of a model.
pub(super) fn lines(source: &Source) -> Vec<Line> {
    let text = source.text();
    let mut html = String::new();
    let mut at = 0;
    for (span, why) in paint(text) {
        let class = match why {
            Paint::Keyword => "k",
            Paint::Text => "s",
            Paint::Number => "n",
            Paint::Comment => "c",
        };
        html.push_str(&plain(text.get(at..span.range().start).unwrap_or_default()));
        // A comment over several lines is as many pieces: a line is an element.
        let pieces = source.slice(span).split('\n').map(|piece| match plain(piece) {
            piece if piece.is_empty() => piece,
            piece => format!("<span class=\"{class}\">{piece}</span>"),
        });
        html.push_str(&pieces.collect::<Vec<_>>().join("\n"));
        at = span.range().end;
    }
    html.push_str(&plain(text.get(at..).unwrap_or_default()));
    let html = html.trim_end_matches('\n');
    html.split('\n').zip(1..).map(|(html, number)| Line { number, html: html.to_string() }).collect()
}

/// Text without colour; line ends are those of a page.
fn plain(text: &str) -> String {
    escape::text(&text.replace('\r', ""))
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::source::Source;

    #[test]
    fn every_line_stands_alone() {
        let source = Source::new("m", "/* a\r\n<b> */ x := \"&\"\n\n}\n");
        let lines: Vec<String> = lines(&source).into_iter().map(|line| line.html).collect();
        assert_eq!(
            lines,
            [
                "<span class=\"c\">/* a</span>",
                "<span class=\"c\">&lt;b&gt; */</span> x := <span class=\"s\">&quot;&amp;&quot;</span>",
                "",
                "}"
            ]
        );
    }
}
