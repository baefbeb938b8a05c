//! The protobuf messages of checkpoints. The numbers are those of TensorFlow's definitions; a field that is left out is 0.

use prost::Message;

/// `BundleHeaderProto`: the value of the empty key of an index.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BundleHeader {
    #[prost(int32, tag = "1")]
    pub(super) num_shards: i32,
    /// 0 is little-endian, 1 is big-endian.
    #[prost(int32, tag = "2")]
    pub(super) endianness: i32,
    #[prost(message, optional, tag = "3")]
    pub(super) version: Option<Version>,
}

/// `VersionDef`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Version {
    #[prost(int32, tag = "1")]
    pub(super) producer: i32,
    #[prost(int32, tag = "2")]
    pub(super) min_consumer: i32,
}

/// `BundleEntryProto`: where a tensor lies.
#[derive(Clone, PartialEq, Message)]
pub(super) struct BundleEntry {
    #[prost(int32, tag = "1")]
    pub(super) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<Shape>,
    #[prost(int32, tag = "3")]
    pub(super) shard_id: i32,
    #[prost(int64, tag = "4")]
    pub(super) offset: i64,
    #[prost(int64, tag = "5")]
    pub(super) size: i64,
    #[prost(fixed32, tag = "6")]
    pub(super) crc32c: u32,
    #[prost(message, repeated, tag = "7")]
    pub(super) slices: Vec<SliceMessage>,
}

/// `TensorShapeProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Shape {
    #[prost(message, repeated, tag = "2")]
    pub(super) dimensions: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Dimension {
    #[prost(int64, tag = "1")]
    pub(super) size: i64,
}

/// `TensorSliceProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SliceMessage {
    #[prost(message, repeated, tag = "1")]
    pub(super) extents: Vec<ExtentMessage>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ExtentMessage {
    #[prost(int64, tag = "1")]
    pub(super) start: i64,
    #[prost(int64, optional, tag = "2")]
    pub(super) length: Option<i64>,
}

/// `SavedTensorSlices`: a value of the older format. The empty key has `meta`, every other key has `data`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct SavedSlices {
    #[prost(message, optional, tag = "1")]
    pub(super) meta: Option<SavedMeta>,
    #[prost(message, optional, tag = "2")]
    pub(super) data: Option<SavedSlice>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SavedMeta {
    #[prost(message, repeated, tag = "1")]
    pub(super) tensors: Vec<SavedTensor>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SavedTensor {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<Shape>,
    #[prost(int32, tag = "3")]
    pub(super) dtype: i32,
    #[prost(message, repeated, tag = "4")]
    pub(super) slices: Vec<SliceMessage>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct SavedSlice {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(message, optional, tag = "2")]
    pub(super) slice: Option<SliceMessage>,
    #[prost(message, optional, tag = "3")]
    pub(super) tensor: Option<TensorMessage>,
}

/// `TensorProto`: only the values that a BERT can have.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorMessage {
    #[prost(float, repeated, tag = "5")]
    pub(super) floats: Vec<f32>,
    #[prost(int64, repeated, tag = "10")]
    pub(super) longs: Vec<i64>,
}

/// The most dimensions that a tensor of TensorFlow can have.
const MOST_DIMENSIONS: usize = 254;

impl Shape {
    /// The sizes of the dimensions; None if one is negative, or there are too many.
    pub(super) fn sizes(&self) -> Option<Vec<u64>> {
        if self.dimensions.len() > MOST_DIMENSIONS {
            return None;
        }
        let sizes = self.dimensions.iter();
        sizes.map(|one| u64::try_from(one.size).ok()).collect()
    }
}
