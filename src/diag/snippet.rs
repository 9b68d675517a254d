//! Places of the source with a word on each, for reports: miette's drawing without a diagnostic's code.

use std::fmt;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode, ThemeCharacters,
    ThemeStyles,
};

use super::Label;
use crate::source::Source;

/// How a snippet looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Look {
    pub color: bool,
    pub width: usize,
    pub unicode: bool,
}

/// `title`, then the lines of the source with `labels` on them; the first label is the place to blame.
pub fn snippet(source: &Source, title: &str, labels: &[Label], look: Look) -> String {
    let theme = GraphicalTheme {
        characters: if look.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(look.width)
        .with_links(false)
        .with_context_lines(1)
        .tab_width(4);
    let shown = Shown {
        title: title.to_string(),
        labels: labels.to_vec(),
        code: NamedSource::new(source.name(), source.text().to_string()),
    };
    let mut out = String::new();
    // Writing to a string fails only where miette gives up on a place.
    if handler.render_report(&mut out, &shown).is_err() {
        out = format!("{title}\n");
    }
    out
}

#[derive(Debug)]
struct Shown {
    title: String,
    labels: Vec<Label>,
    code: NamedSource<String>,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Error)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().enumerate().map(|(index, label)| {
            let (text, span) = (Some(label.text.clone()), label.span.range());
            if index == 0 {
                LabeledSpan::new_primary_with_span(text, span)
            } else {
                LabeledSpan::new_with_span(text, span)
            }
        })))
    }
}
