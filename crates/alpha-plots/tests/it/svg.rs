//! Reads back what an SVG shows.

/// An element: its attributes, and the words of a text.
pub struct Element<'a> {
    attributes: &'a str,
    /// Words between the tags.
    pub words: &'a str,
}

impl<'a> Element<'a> {
    /// An attribute.
    pub fn get(&self, name: &str) -> &'a str {
        let start = format!(" {name}=\"");
        let value =
            &self.attributes[self.attributes.find(&start).unwrap_or_else(|| panic!("no {name}")) + start.len()..];
        &value[..value.find('"').unwrap()]
    }

    /// An attribute that is a number.
    pub fn number(&self, name: &str) -> i32 {
        self.get(name).parse().unwrap()
    }

    /// The points of a line.
    pub fn points(&self) -> Vec<(i32, i32)> {
        let point = |pair: &str| {
            let (x, y) = pair.split_once(',').unwrap();
            (x.parse().unwrap(), y.parse().unwrap())
        };
        self.get("points").split_whitespace().map(point).collect()
    }
}

/// All elements with a tag, in the order of painting.
pub fn elements<'a>(svg: &'a str, tag: &str) -> Vec<Element<'a>> {
    let start = format!("<{tag} ");
    let element = |(at, _): (usize, &str)| {
        let (attributes, rest) = svg[at + start.len() - 1..].split_once('>').unwrap();
        Element { attributes, words: rest[..rest.find('<').unwrap_or(rest.len())].trim() }
    };
    svg.match_indices(&start).map(element).collect()
}

/// All elements with a tag and an attribute of this value.
pub fn with<'a>(svg: &'a str, tag: &str, attribute: &str, value: &str) -> Vec<Element<'a>> {
    elements(svg, tag).into_iter().filter(|element| element.get(attribute) == value).collect()
}
