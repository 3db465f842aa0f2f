//! MATLAB 5 files (`save -v6`, `-v7`): arrays of numbers, full or sparse, by their names.
//!
//! A file is a header of 128 bytes and elements, each a type, a size and data; a variable is an element of elements: its
//! class and flags, its dimensions, its name, its numbers in the smallest type that holds them. zlib packs variables one by
//! one; only those asked for are unpacked whole, up to a bound.

use std::io::Read;

use alpha_store::message::shown;
use flate2::read::ZlibDecoder;

/// Most bytes of a variable, unpacked; the largest of the Amazon review files has 16 MB.
const MOST_BYTES: u64 = 256 << 20;
/// Bytes of a variable that hold its class and its name, of at most 63 characters.
const HEAD: u64 = 512;

const COMPRESSED: u32 = 15;
const MATRIX: u32 = 14;

/// A variable's numbers, down the columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Array {
    /// Its dimensions.
    pub size: Vec<usize>,
    /// As many numbers.
    pub values: Vec<f64>,
}

/// Reads the variables `wanted`, in this order; the error is what is wrong with the file.
pub(crate) fn read<const N: usize>(content: &[u8], wanted: [&str; N]) -> Result<[Array; N], String> {
    check_version(content)?;
    let big = content[126..128] == *b"MI";
    let mut found: [Option<Array>; N] = [const { None }; N];
    let mut names = Vec::new();
    let mut elements = Elements { rest: &content[128..], big };
    while !elements.rest.is_empty() {
        let (kind, data) = elements.next().ok_or("the file is cut off or damaged: an element ends beyond its end")?;
        let head = match kind {
            COMPRESSED => unpacked(data, HEAD)?,
            MATRIX => data[..data.len().min(HEAD as usize)].to_vec(),
            _ => return Err(format!("the file is damaged: an element of type {kind} among its variables")),
        };
        let head = variable(kind, &head, big).ok_or("the file is damaged: a variable without a name")?;
        names.push(shown(&head.name));
        let Some(place) = wanted.iter().position(|name| *name == head.name) else { continue };
        let whole = if kind == COMPRESSED { unpacked(data, MOST_BYTES + 1)? } else { data.to_vec() };
        if whole.len() as u64 > MOST_BYTES {
            return Err(format!("{} has more than {MOST_BYTES} bytes unpacked", head.name));
        }
        let whole = variable(kind, &whole, big).ok_or("the file is damaged: a variable without a name")?;
        found[place] = Some(whole.array()?);
    }
    if let Some(i) = found.iter().position(Option::is_none) {
        let names = names.join(", ");
        return Err(format!("no variable '{}' (found: {names}); the file may be truncated", wanted[i]));
    }
    Ok(found.map(|array| array.unwrap_or(Array { size: Vec::new(), values: Vec::new() })))
}

/// Refuses files of other kinds, MATLAB's among them, by name.
fn check_version(content: &[u8]) -> Result<(), String> {
    const SAVE: &str = "save it with save('file.mat', 'fts', 'labels', '-v7')";
    let hdf5 = |at: usize| content.get(at..at + 8) == Some(b"\x89HDF\r\n\x1a\n");
    if content.starts_with(b"MATLAB 7.3") || hdf5(0) || hdf5(512) {
        return Err(format!("a MATLAB 7.3 file (HDF5), expected MATLAB 5; in MATLAB, {SAVE}"));
    }
    if is_version_4(content) {
        return Err(format!("a MATLAB 4 file, expected MATLAB 5; in MATLAB, {SAVE}, in Python with scipy.io.savemat"));
    }
    if content.starts_with(b"# Created by Octave") {
        return Err(format!("a text file of Octave's, expected MATLAB 5; in Octave, {SAVE}"));
    }
    match content.get(124..128) {
        Some([0, 1, b'I', b'M'] | [1, 0, b'M', b'I']) => Ok(()),
        _ => Err("not a readable MATLAB 5 file, by its header".to_owned()),
    }
}

/// Whether content begins with a variable of version 4: type, rows, columns, whether complex, length of the name, the name.
fn is_version_4(content: &[u8]) -> bool {
    let Some((head, rest)) = content.split_at_checked(20) else { return false };
    let as_version_4 = |read: fn([u8; 4]) -> u32, machine: u32| {
        let words = head.as_chunks::<4>().0;
        let [kind, _, _, complex, length] = [0, 1, 2, 3, 4].map(|i| read(words[i]));
        let name = rest.get(..length as usize);
        kind / 1000 == machine
            && kind % 1000 < 60
            && kind % 10 <= 2
            && complex <= 1
            && (2..=64).contains(&length)
            && name.is_some_and(|name| name.ends_with(&[0]) && name[..name.len() - 1].iter().all(u8::is_ascii_graphic))
    };
    as_version_4(u32::from_le_bytes, 0) || as_version_4(u32::from_be_bytes, 1)
}

/// The first bytes of what zlib packed; if there are fewer than `at_most`, all, and their checksum is right.
fn unpacked(data: &[u8], at_most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = ZlibDecoder::new(data).take(at_most).read_to_end(&mut bytes);
    read.map_err(|e| format!("the file is cut off or damaged: a variable cannot be unpacked ({e})"))?;
    Ok(bytes)
}

/// Elements one after the other.
struct Elements<'a> {
    rest: &'a [u8],
    big: bool,
}

/// The parts of a variable.
struct Variable<'a> {
    class: u8,
    complex: bool,
    size: Vec<usize>,
    name: String,
    /// What follows the name.
    numbers: Elements<'a>,
}

impl<'a> Elements<'a> {
    /// Type and data of the next element; none if there is none, or not all of it.
    fn next(&mut self) -> Option<(u32, &'a [u8])> {
        let first = self.word(0)?;
        // Up to four bytes stand in the place of the size.
        if first >> 16 != 0 {
            let data = self.rest.get(4..8)?.get(..(first >> 16) as usize)?;
            self.rest = &self.rest[8..];
            return Some((first & 0xffff, data));
        }
        let size = self.word(4)? as usize;
        let data = self.rest.get(8..8_usize.checked_add(size)?)?;
        let padded = if first == COMPRESSED { size } else { size.checked_next_multiple_of(8)? };
        self.rest = self.rest.get(8 + padded..).unwrap_or_default();
        Some((first, data))
    }

    fn word(&self, at: usize) -> Option<u32> {
        let bytes = self.rest.get(at..at + 4)?.try_into().ok()?;
        Some(if self.big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    fn words(data: &'a [u8], big: bool) -> Vec<u32> {
        let elements = Self { rest: data, big };
        (0..data.len() / 4).filter_map(|i| elements.word(4 * i)).collect()
    }

    /// The next element as numbers.
    fn numbers(&mut self) -> Option<Vec<f64>> {
        let (kind, data) = self.next()?;
        let big = self.big;
        macro_rules! read {
            ($kind:ty as $number:expr) => {{
                let (items, rest) = data.as_chunks::<{ size_of::<$kind>() }>();
                let number = |item: &[u8; size_of::<$kind>()]| {
                    $number(if big { <$kind>::from_be_bytes(*item) } else { <$kind>::from_le_bytes(*item) })
                };
                rest.is_empty().then(|| items.iter().map(number).collect())
            }};
        }
        match kind {
            1 => read!(i8 as f64::from),
            2 => read!(u8 as f64::from),
            3 => read!(i16 as f64::from),
            4 => read!(u16 as f64::from),
            5 => read!(i32 as f64::from),
            6 => read!(u32 as f64::from),
            7 => read!(f32 as f64::from),
            9 => read!(f64 as f64::from),
            12 => read!(i64 as |x| x as f64),
            13 => read!(u64 as |x| x as f64),
            _ => None,
        }
    }
}

/// A variable's parts, from its data, or from its beginning; packed data hold the element whole.
fn variable(kind: u32, data: &[u8], big: bool) -> Option<Variable<'_>> {
    let data = if kind == COMPRESSED {
        let whole = Elements { rest: data, big };
        if whole.word(0)? != MATRIX {
            return None;
        }
        let size = whole.word(4)? as usize;
        &data[8..data.len().min(size.saturating_add(8))]
    } else {
        data
    };
    let mut elements = Elements { rest: data, big };
    let (_, flags) = elements.next()?;
    let flags = *Elements::words(flags, big).first()?;
    let (_, size) = elements.next()?;
    let (_, name) = elements.next()?;
    Some(Variable {
        class: flags as u8,
        complex: flags & 0x800 != 0,
        size: Elements::words(size, big).into_iter().map(|n| n as usize).collect(),
        name: String::from_utf8_lossy(name).into_owned(),
        numbers: elements,
    })
}

impl Variable<'_> {
    fn array(self) -> Result<Array, String> {
        let Self { class, complex, size, name, mut numbers } = self;
        let what = match class {
            1 => "a cell array",
            2 => "a structure",
            4 => "text",
            5..=15 => "",
            _ => "an object",
        };
        if !what.is_empty() {
            return Err(format!("{name} is {what}, expected an array of numbers"));
        }
        if complex {
            return Err(format!("{name} is complex, expected real numbers"));
        }
        let damaged =
            || format!("the file is cut off or damaged: {name} has not as many numbers as its size {size:?} says");
        let count = size.iter().try_fold(1_usize, |product, n| product.checked_mul(*n));
        let count = count.filter(|count| *count as u64 <= MOST_BYTES / 8).ok_or_else(damaged)?;
        let values = if class == 5 { sparse(&mut numbers, &size, count) } else { numbers.numbers() };
        match values {
            Some(values) if values.len() == count => Ok(Array { size, values }),
            _ => Err(damaged()),
        }
    }
}

/// A sparse matrix in full: the row of each entry, where each column begins, and the entries.
fn sparse(elements: &mut Elements<'_>, size: &[usize], count: usize) -> Option<Vec<f64>> {
    let &[rows, columns] = size else { return None };
    let big = elements.big;
    let row_of = Elements::words(elements.next()?.1, big);
    let begin = Elements::words(elements.next()?.1, big);
    let entries = elements.numbers()?;
    let mut values = vec![0.0; count];
    if begin.len() != columns + 1 {
        return None;
    }
    for (column, bounds) in begin.windows(2).enumerate() {
        for i in bounds[0] as usize..bounds[1] as usize {
            let row = *row_of.get(i)? as usize;
            if row >= rows {
                return None;
            }
            values[column * rows + row] = *entries.get(i)?;
        }
    }
    Some(values)
}
