//! One NumPy array, as `np.save` writes it: the only reader of `.npy` here.
//!
//! Integers, floating-point numbers of at most 64 bits, truth values and texts are read, in either byte order and either layout.
//! Arrays of Python objects are never read.

use npyz::{DType, Deserialize, NpyFile, Order};

use crate::error::{Error, Result};

/// The longest header of plain numbers or words; NumPy's own have 118 bytes.
const LONGEST_HEADER: usize = 4096;

/// An array whose header has been read.
///
/// ```
/// use alpha_store::npy::Npy;
/// let mut content = b"\x93NUMPY\x01\x00\x3c\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }  \n".to_vec();
/// content.extend([1.5_f64, -2.0].iter().flat_map(|x| x.to_le_bytes()));
/// let array = Npy::open("mean.npy", &content)?;
/// assert_eq!(array.shape, [2]);
/// assert_eq!(array.numbers()?, [1.5, -2.0]);
/// # Ok::<(), alpha_store::Error>(())
/// ```
pub struct Npy<'a> {
    place: String,
    file: NpyFile<&'a [u8]>,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// Entries in the order of NumPy's `ravel()`: the last index changes fastest.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Numbers of any width.
    Numbers(Vec<f64>),
    /// Truth values.
    Booleans(Vec<bool>),
    /// Texts.
    Words(Vec<String>),
}

/// Whether content begins as an array does.
pub fn recognises(content: &[u8]) -> bool {
    content.starts_with(b"\x93NUMPY")
}

impl<'a> Npy<'a> {
    /// Reads the header and checks that as much follows as it says; `place` is for messages.
    ///
    /// # Errors
    /// [`Error::Table`] for a damaged or cut off file, for Python objects, dates and named fields.
    pub fn open(place: &str, content: &'a [u8]) -> Result<Self> {
        let damaged = |error: std::io::Error| refuse(place, format!("not a readable NumPy file ({error})"));
        let (start, header) =
            header(content).ok_or_else(|| refuse(place, "not a readable NumPy file: it has no header"))?;
        // Objects are never unpickled, and npyz takes a time that doubles with each nested bracket.
        if header.contains(&b'O') && header.windows(3).any(|part| part == b"'|O" || part == b"|O'") {
            let reason = "an array of Python objects (dtype=object), a pickle that could run code: it is never read. Save it \
                          with a plain type, for example np.array(X, dtype=float) or np.array(y, dtype=str)";
            return Err(refuse(place, reason));
        }
        if header.windows(3).any(|part| part == b"M8[" || part == b"m8[") {
            return Err(refuse(place, "its entries are dates or times, expected numbers: save X.astype(float)"));
        }
        let count = |sign: u8| header.iter().filter(|byte| **byte == sign).count();
        if count(b'[') == 1 && header.windows(2).any(|part| part == b"[(") {
            let reason =
                "an array with named fields; save plain numbers (numpy.lib.recfunctions.structured_to_unstructured)";
            return Err(refuse(place, reason));
        }
        if [b'{', b'(', b'['].map(count) != [1, 1, 0] || header.len() > LONGEST_HEADER || count(b',') > 64 {
            return Err(refuse(place, "not a readable NumPy file of plain numbers, by its header"));
        }
        if !can_be_held(header, content.len()) {
            return Err(refuse(place, "its shape or type is larger than its content: the file is cut off or damaged"));
        }
        let file = NpyFile::new(content).map_err(damaged)?;
        let shape = file.shape().iter().map(|n| usize::try_from(*n)).collect::<Result<Vec<_>, _>>();
        let shape =
            shape.map_err(|_| refuse(place, format!("its shape is {:?}, which no file can hold", file.shape())))?;
        let size =
            file.dtype().num_bytes().and_then(|size| shape.iter().try_fold(size, |product, n| product.checked_mul(*n)));
        let held = content.len() - start - header.len();
        match size {
            Some(size) if size == held => Ok(Self { place: place.to_owned(), file, shape }),
            Some(size) if size < held => {
                let reason =
                    format!("{held} bytes of numbers, expected {size} by its shape {shape:?}: more than one array?");
                Err(refuse(place, reason))
            }
            _ => Err(refuse(place, format!("{held} bytes of numbers for the shape {shape:?}: the file is cut off"))),
        }
    }

    /// The entries.
    ///
    /// # Errors
    /// [`Error::Table`] for complex numbers and other types.
    pub fn values(self) -> Result<Values> {
        let descr = self.file.dtype().descr();
        let DType::Plain(_) = self.file.dtype() else {
            return Err(refuse(&self.place, format!("its entries are {descr}, expected plain numbers")));
        };
        let order = self.file.order();
        let (place, shape, mut file) = (self.place, self.shape, self.file);
        macro_rules! numbers {
            ($($kind:ty as $number:expr),*) => {$(
                file = match entries::<$kind>(&place, file, order, &shape)? {
                    Ok(entries) => return Ok(Values::Numbers(entries.into_iter().map($number).collect())),
                    Err(file) => file,
                };
            )*};
        }
        numbers!(
            f64 as |x| x, f32 as f64::from, half::f16 as f64::from,
            i64 as |x| x as f64, i32 as f64::from, i16 as f64::from, i8 as f64::from,
            u64 as |x| x as f64, u32 as f64::from, u16 as f64::from, u8 as f64::from
        );
        file = match entries::<bool>(&place, file, order, &shape)? {
            Ok(entries) => return Ok(Values::Booleans(entries)),
            Err(file) => file,
        };
        if let Ok(words) = entries::<String>(&place, file, order, &shape)? {
            return Ok(Values::Words(words));
        }
        let reason = if descr.contains('c') {
            format!("its numbers are complex ({descr}), expected real ones: save X.real")
        } else {
            format!(
                "its entries are {descr}, expected integers, floating-point numbers of at most 64 bits or truth values"
            )
        };
        Err(refuse(&place, reason))
    }

    /// The entries as numbers, truth values as 0 and 1; NaN and infinity are not refused.
    ///
    /// # Errors
    /// [`Error::Table`] for entries that are not numbers.
    pub fn numbers(self) -> Result<Vec<f64>> {
        let place = self.place.clone();
        match self.values()? {
            Values::Numbers(numbers) => Ok(numbers),
            Values::Booleans(values) => Ok(values.into_iter().map(|is| f64::from(u8::from(is))).collect()),
            Values::Words(words) => {
                let first = words.first().map(|word| crate::message::shown(word)).unwrap_or_default();
                Err(refuse(&place, format!("its entries are texts ('{first}'), expected numbers")))
            }
        }
    }
}

/// The entries, or the file again if they are of another type.
fn entries<'a, T: Deserialize + Clone>(
    place: &str,
    file: NpyFile<&'a [u8]>,
    order: Order,
    shape: &[usize],
) -> Result<std::result::Result<Vec<T>, NpyFile<&'a [u8]>>> {
    let data = match file.try_data::<T>() {
        Ok(data) => data.collect::<std::io::Result<Vec<T>>>(),
        Err(file) => return Ok(Err(file)),
    };
    let entries = data.map_err(|error| refuse(place, format!("not a readable NumPy file ({error})")))?;
    Ok(Ok(match (order, shape) {
        (Order::Fortran, &[rows, columns]) => {
            (0..rows * columns).map(|i| entries[i % columns * rows + i / columns].clone()).collect()
        }
        _ => entries,
    }))
}

/// Whether a file of so many bytes can hold the shape; npyz multiplies without a check.
fn can_be_held(header: &[u8], bytes: usize) -> bool {
    let mut numbers = header.split(|byte| !byte.is_ascii_digit());
    let shape = header.split(|byte| *byte == b'(').nth(1).and_then(|rest| rest.split(|byte| *byte == b')').next());
    let dimensions = shape.unwrap_or_default().split(|byte| *byte == b',').map(|n| {
        // Python 2 wrote 3L.
        match std::str::from_utf8(n).map(|n| n.trim().trim_end_matches('L')) {
            Ok("") => 1,
            Ok(n) => n.parse::<usize>().unwrap_or(usize::MAX).max(1),
            Err(_) => usize::MAX,
        }
    });
    let entries = dimensions.fold(1_usize, usize::saturating_mul);
    entries <= bytes && numbers.all(|digits| digits.len() <= 12)
}

/// Where the header begins, and what it says: a Python dictionary behind a magic word, a version, and its own length.
fn header(content: &[u8]) -> Option<(usize, &[u8])> {
    let (start, length): (usize, u32) = match content {
        [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, low, high, ..] => (10, u32::from_le_bytes([*low, *high, 0, 0])),
        [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => (12, u32::from_le_bytes([*a, *b, *c, *d])),
        _ => return None,
    };
    Some((start, content.get(start..start.saturating_add(length as usize))?))
}

/// A file that cannot be read, and why.
fn refuse(place: &str, reason: impl Into<String>) -> Error {
    Error::Table { place: place.to_owned(), line: None, column: None, reason: reason.into() }
}
