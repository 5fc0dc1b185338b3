"""Protobuf's wire format and TFRecord's checksum in a few lines, for tests and makers of corpora.

Independent of the code under test and of the protobuf package.
"""
_TABLE = []
for n in range(256):
    for _ in range(8):
        n = n >> 1 ^ (0x82f63b78 if n & 1 else 0)
    _TABLE.append(n)


def masked_crc32c(data):
    """CRC-32C, rotated by 15 bits and shifted by a constant: TFRecord's and LevelDB's form."""
    c = 0xffffffff
    for b in data:
        c = c >> 8 ^ _TABLE[(c ^ b) & 255]
    c ^= 0xffffffff
    return ((c >> 15 | c << 17) + 0xa282ead8) & 0xffffffff


def varint(n):
    """An integer of up to 64 bits; a negative one takes ten bytes, as in protobuf."""
    n &= (1 << 64) - 1
    out = b''
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, body):
    """A field of a message: a varint if body is an int, else length-delimited (bytes, or text as UTF-8)."""
    if isinstance(body, int):
        return varint(number << 3) + varint(body)
    body = body.encode() if isinstance(body, str) else body
    return varint(number << 3 | 2) + varint(len(body)) + body
