//! The element types of TensorFlow.

/// The type of a variable's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataType {
    /// 32-bit floating point.
    Float32,
    /// 64-bit floating point.
    Float64,
    /// IEEE half precision.
    Float16,
    /// `bfloat16`.
    BFloat16,
    /// Signed integer of 8 bits.
    Int8,
    /// Unsigned integer of 8 bits.
    UInt8,
    /// Signed integer of 16 bits.
    Int16,
    /// Signed integer of 32 bits.
    Int32,
    /// Signed integer of 64 bits.
    Int64,
    /// One byte, 0 or 1.
    Bool,
    /// Texts of any length.
    String,
    /// Another type, by its number in TensorFlow's `DataType`.
    Other(i32),
}

impl DataType {
    /// The type of a number in TensorFlow's `DataType`. Reference types have 100 more.
    pub(super) const fn of(number: i32) -> Self {
        let number = if number > 100 && number < 200 {
            number - 100
        } else {
            number
        };
        match number {
            1 => Self::Float32,
            2 => Self::Float64,
            3 => Self::Int32,
            4 => Self::UInt8,
            5 => Self::Int16,
            6 => Self::Int8,
            7 => Self::String,
            9 => Self::Int64,
            10 => Self::Bool,
            14 => Self::BFloat16,
            19 => Self::Float16,
            other => Self::Other(other),
        }
    }

    /// The bytes of an element; None if elements differ in size, or the type is not known.
    pub const fn n_bytes(self) -> Option<u64> {
        match self {
            Self::Float64 | Self::Int64 => Some(8),
            Self::Float32 | Self::Int32 => Some(4),
            Self::Float16 | Self::BFloat16 | Self::Int16 => Some(2),
            Self::Int8 | Self::UInt8 | Self::Bool => Some(1),
            Self::String | Self::Other(_) => None,
        }
    }

    /// The name, as TensorFlow writes it.
    pub fn name(self) -> String {
        match self {
            Self::Float32 => "float32".to_owned(),
            Self::Float64 => "float64".to_owned(),
            Self::Float16 => "half".to_owned(),
            Self::BFloat16 => "bfloat16".to_owned(),
            Self::Int8 => "int8".to_owned(),
            Self::UInt8 => "uint8".to_owned(),
            Self::Int16 => "int16".to_owned(),
            Self::Int32 => "int32".to_owned(),
            Self::Int64 => "int64".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::String => "string".to_owned(),
            Self::Other(number) => format!("type {number}"),
        }
    }
}
