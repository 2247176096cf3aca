//! How a block travels through the engine: its canonical bytes behind a length.

use crate::block::{Block, MAX_BLOCK_BYTES};
use commonware_codec::{Buf, EncodeSize, Error, RangeCfg, Read, Write};
use commonware_consensus::{BoundedBlock, Heightable, types::Height};
use commonware_cryptography::{Digestible, sha256};
use commonware_runtime::BufMut;

/// A varint length takes at most five bytes below 2^35.
const LENGTH_BYTES: usize = 5;

impl Write for Block {
    fn write(&self, buf: &mut impl BufMut) {
        self.as_bytes().write(buf);
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        self.as_bytes().encode_size()
    }
}

impl Read for Block {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, Error> {
        let bytes = Vec::<u8>::read_cfg(buf, &(RangeCfg::from(0..=MAX_BLOCK_BYTES), ()))?;
        Self::from_bytes(&bytes).map_err(|e| Error::Wrapped("Block", Box::new(e)))
    }
}

impl Digestible for Block {
    type Digest = sha256::Digest;

    fn digest(&self) -> sha256::Digest {
        sha256::Digest::from(self.id())
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        Height::new(self.header().height)
    }
}

impl commonware_consensus::Block for Block {
    fn parent(&self) -> sha256::Digest {
        sha256::Digest::from(self.header().parent)
    }
}

impl BoundedBlock for Block {
    fn max_encode_size((): &()) -> usize {
        MAX_BLOCK_BYTES + LENGTH_BYTES
    }
}
