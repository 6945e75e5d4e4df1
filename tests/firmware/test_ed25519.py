"""Signatures: the test vectors of RFC 8032, and what must not pass."""

import asyncio
from binascii import unhexlify

from kiosk.ed25519 import sha512, verify
from signing import SECRET, public_key, sign

# Key, message, signature: section 7.1, tests 1 to 3 and "SHA(abc)".
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)
L = 2**252 + 27742317777372353535851937790883648493


def passes(key, message, signature):
    return asyncio.run(verify(key, message, signature))


def vectors():
    return [[unhexlify(part) for part in vector] for vector in VECTORS]


def test_the_vectors_of_the_rfc():
    for key, message, signature in vectors():
        assert passes(key, message, signature)


def test_sha512_of_every_length_around_a_block():
    # FIPS 180-4's own example, and each way that the padding can fall.
    assert asyncio.run(sha512(b"abc")) == vectors()[3][1]
    seen = b"".join([asyncio.run(sha512(b"s" * length)) for length in range(108, 131)])
    assert asyncio.run(sha512(seen)) == unhexlify(
        "2fa396e2f4c9cd1d221259c499544b797b8d8c612f82eebb6e7ae536c5deaa3acf8dd28810850faed4ca546721f03ff3a33edafe04ebacb24433993afe683ca2"
    )


def test_any_bit_that_is_not_as_it_was_signed():
    key, message, signature = vectors()[2]
    for at in range(0, 512, 37):
        changed = bytearray(signature)
        changed[at // 8] ^= 1 << at % 8
        assert not passes(key, message, bytes(changed)), at
    for at in range(0, 256, 61):
        changed = bytearray(key)
        changed[at // 8] ^= 1 << at % 8
        assert not passes(bytes(changed), message, signature), at
    assert not passes(key, b"\xaf\x83", signature)
    assert not passes(key, b"\xaf", signature)


def test_what_is_no_signature_and_no_key():
    key, message, signature = vectors()[1]
    assert not passes(key, message, b"")
    assert not passes(key, message, signature[:63])
    assert not passes(key, message, signature + b"\x00")
    # The same scalar counted once more around would be a second signature of the same text.
    again = (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    assert not passes(key, message, signature[:32] + again)
    assert not passes(key[:31], message, signature)
    assert not passes((2).to_bytes(32, "little"), message, signature)  # no x belongs to this y


def test_a_manifest_of_full_size():
    text = b'["kiosk/app.mpy",1234]' * 279
    signature = sign(SECRET, text)
    assert passes(public_key(SECRET), text, signature)
    assert not passes(public_key(SECRET), text[:-1], signature)


def test_others_get_their_turn_meanwhile():
    key, message, signature = vectors()[1]
    turns = [0]

    async def other():
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    async def both():
        task = asyncio.create_task(other())
        await verify(key, message, signature)
        task.cancel()

    asyncio.run(both())
    assert turns[0] > 300
