"""Ed25519: whether a text was signed with the key of which this is the public half (RFC 8032, section 5.1.7).

On a Pico it takes a second or two, so it gives way to the other tasks after every few milliseconds of work. Nothing
here is secret, so nothing has to take the same time each time.
"""

import asyncio

try:
    from hashlib import sha512 as _sha512  # pyright: ignore[reportAttributeAccessIssue]

    async def sha512(data):  # pyright: ignore[reportRedeclaration] - the one below is the other half
        """Return the SHA-512 of some bytes."""
        return _sha512(data).digest()

except ImportError:  # MicroPython
    from array import array

    _64 = 0xFFFFFFFFFFFFFFFF

    def _number(data, at):
        return int.from_bytes(data[8 * at : 8 * at + 8], "big")

    def _root(number, power):
        """Return the first 64 bits behind the point of a root."""
        number <<= 64 * power
        root, better = 0, 1 << 67  # above it: Newton's way comes down to it
        while better != root:
            root = better
            better = min(root, ((power - 1) * root + number // root ** (power - 1)) // power)
        return root & _64

    async def sha512(data):
        """Return the SHA-512 of some bytes."""
        # Its constants are of the first primes' roots (FIPS 180-4), and longer than the way to them.
        primes, rounds = [], array("Q")
        for number in range(2, 410):
            if all(number % prime for prime in primes):
                primes.append(number)
                rounds.append(_root(number, 3))
                await asyncio.sleep(0)
        state = [_root(prime, 2) for prime in primes[:8]]
        rest = len(data) % 128
        padding = b"\x80" + bytes((111 - rest) % 128 + 8) + (8 * len(data)).to_bytes(8, "big")
        for at in range(0, len(data) - rest, 128):
            await _compress(state, data[at : at + 128], rounds)
        last = data[len(data) - rest :] + padding
        for at in range(0, len(last), 128):
            await _compress(state, last[at : at + 128], rounds)
        return b"".join([number.to_bytes(8, "big") for number in state])

    async def _compress(state, block, rounds):
        words = array("Q", [_number(block, at) for at in range(16)])  # the newest 16 of the schedule
        a, b, c, d, e, f, g, h = state
        for number in range(80):
            at = number & 15
            if number >= 16:
                x, y = words[(at + 1) & 15], words[(at + 14) & 15]
                x = (x >> 1 | x << 63) ^ (x >> 8 | x << 56) ^ x >> 7
                y = (y >> 19 | y << 45) ^ (y >> 61 | y << 3) ^ y >> 6
                words[at] = (words[at] + (x & _64) + words[(at + 9) & 15] + (y & _64)) & _64
            x = ((e >> 14 | e << 50) ^ (e >> 18 | e << 46) ^ (e >> 41 | e << 23)) & _64
            x += h + (e & f ^ ~e & g) + rounds[number] + words[at]
            y = ((a >> 28 | a << 36) ^ (a >> 34 | a << 30) ^ (a >> 39 | a << 25)) & _64
            y += a & b ^ a & c ^ b & c
            a, b, c, d, e, f, g, h = (x + y) & _64, a, b, c, (d + x) & _64, e, f, g
            if at == 15:
                await asyncio.sleep(0)
        for at, number in enumerate((a, b, c, d, e, f, g, h)):
            state[at] = (state[at] + number) & _64


_P = 2**255 - 19  # coordinates are counted modulo this
_L = 2**252 + 27742317777372353535851937790883648493  # multiples of the base point modulo this
_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
_ROOT = 19681161376707505956807079304988542015446066515923890162744021073123829784752  # of -1
_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


async def verify(key, message, signature):
    """Return whether this is the signature of the message.

    key: the public key, 32 bytes.
    message: bytes.
    signature: 64 bytes; of any other length it is none.
    """
    if len(signature) != 64:
        return False
    point = await _decoded(key)
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or scalar >= _L:
        return False
    digest = await sha512(signature[:32] + key + message)
    factor = int.from_bytes(digest, "little") % _L
    x, y = point
    # The signer's commitment R is what they say it is: R = scalar * base - factor * key.
    x, y = await _sum(scalar, _BASE, factor, (_P - x, y))
    return (y | (x & 1) << 255).to_bytes(32, "little") == signature[:32]


async def _sum(one, first, other, second):
    """Return one * first + other * second as (x, y)."""
    first, second = _extended(first), _extended(second)
    adding = None, first, second, _added(first, second)
    x, y, z, t = 0, 1, 1, 0
    for bit in range(255, -1, -1):
        x, y, z, t = _doubled(x, y, z)
        term = adding[(one >> bit & 1) | (other >> bit & 1) << 1]
        if term:
            x, y, z, t = _added((x, y, z, t), term)
        await asyncio.sleep(0)
    z = await _power(z, _P - 2)  # 1 / z
    return x * z % _P, y * z % _P


async def _decoded(data):
    """Return the point (x, y) that these bytes stand for, or None where they stand for none."""
    y = int.from_bytes(data, "little")
    odd, y = y >> 255, y & (1 << 255) - 1
    # x * x = over / under
    over, under = (y * y - 1) % _P, (_D * y * y + 1) % _P
    cube = under * under * under % _P
    x = over * cube * await _power(over * cube * under * under * under * under % _P, (_P - 5) // 8) % _P
    if (under * x * x - over) % _P:
        x = x * _ROOT % _P
        if (under * x * x - over) % _P:
            return None
    return (_P - x if x & 1 != odd else x), y


async def _power(base, exponent):
    result = 1
    for bit in range(254, -1, -1):
        result = result * result % _P
        if exponent >> bit & 1:
            result = result * base % _P
        if bit % 8 == 0:
            await asyncio.sleep(0)
    return result


# Points as (X, Y, Z, T): x = X / Z, y = Y / Z, x * y = T / Z. The sums are those of section 5.1.4.


def _extended(point):
    x, y = point
    return x, y, 1, x * y % _P


def _added(one, other):
    x1, y1, z1, t1 = one
    x2, y2, z2, t2 = other
    a = (y1 - x1) * (y2 - x2) % _P
    b = (y1 + x1) * (y2 + x2) % _P
    c = 2 * t1 * t2 * _D % _P
    d = 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _doubled(x, y, z):
    a, b = x * x % _P, y * y % _P
    h = a + b
    e = h - (x + y) * (x + y) % _P
    g = a - b
    f = 2 * z * z + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P
