"""Big integers, floating point, text and compression; prints the same on every processor."""
import array
import bz2
import cmath
import datetime
import decimal
import fractions
import hashlib
import heapq
import itertools
import json
import lzma
import math
import random
import re
import statistics
import struct
import zlib


def digest(data):
    return hashlib.sha256(data if isinstance(data, bytes) else repr(data).encode()).hexdigest()[:32]


def close(values):
    """A digest of what differs by a unit of the last place between processors."""
    return digest([f"{v:.13g}" if isinstance(v, float) else v for v in values])


def integers():
    a, b, c = 3**2000 + 7, 7**1100 - 5, 2**521 - 1
    print(digest(a * b), digest(a // b), digest(a % b), digest(divmod(b * b, c)), digest(a ^ b << 77))
    print(pow(3, a % 10**60, c) % 10**20, pow(a, -1, c) % 10**20, math.gcd(a * 12345, b * 12345))
    print(digest(math.factorial(1500)), digest(str(2**9000)), digest(math.isqrt(a)), digest(int("7" * 3000)))
    print(math.comb(500, 250), sum(map(int, str(2**4000))))
    small = [(x * 2654435761) & 0xFFFFFFFF for x in range(1, 3000)]
    print(digest([(x // y, x % y, -x // y, x & y, x << (y % 70)) for x, y in zip(small, small[1:])]))


def pi_digits(count):
    q, r, t, k, n, l = 1, 0, 1, 1, 3, 3
    out = []
    while len(out) < count:
        if 4 * q + r - t < n * t:
            out.append(str(n))
            q, r, n = 10 * q, 10 * (r - n * t), 10 * (3 * q + r) // t - 10 * n
        else:
            q, r, t, k, n, l = (q * k, (2 * q + r) * l, t * l, k + 1,
                                (q * (7 * k + 2) + r * l) // (t * l), l + 2)
    return "".join(out)


def floats():
    generator = random.Random(42)
    values = [struct.unpack("<d", struct.pack("<Q", generator.getrandbits(64)))[0] for _ in range(3000)]
    values = [v for v in values if v == v]
    print(digest([repr(v) for v in values]))
    print(digest([f"{v:.17g} {v:.3e} {v:a<20.6g}" for v in values]))
    print(digest([float(repr(v)[:12].rstrip("e+-.")) for v in values if "inf" not in repr(v)]))
    print(digest([v.hex() for v in values]), digest([float.fromhex(v.hex()) == v for v in values]))
    small = [generator.uniform(-30, 30) for _ in range(1500)]
    pairs = list(zip(small, small[1:]))
    print(digest([x + y for x, y in pairs]), digest([x * y for x, y in pairs]))
    print(digest([x / y for x, y in pairs]), digest([x % y for x, y in pairs]), digest([x // y for x, y in pairs]))
    for name in ("sin cos tan atan sinh tanh exp expm1 erf erfc gamma lgamma floor ceil trunc cbrt "
                 "asinh radians degrees frexp modf").split():
        print(name, close([getattr(math, name)(x) for x in small]))
    for name in "log log2 log10 log1p sqrt acosh".split():
        print(name, close([getattr(math, name)(abs(x) + 1) for x in small]))
    for name in "atan2 hypot fmod remainder copysign nextafter".split():
        print(name, close([getattr(math, name)(x, y) for x, y in pairs]))
    print("pow", close([abs(x)**y for x, y in pairs]), digest([math.ldexp(x, int(y)) for x, y in pairs]))
    print(math.fsum(small), sum(small), statistics.stdev(small), statistics.median(small))
    print([cmath.exp(complex(x, y)) for x, y in pairs[:5]], cmath.sqrt(-2 + 3j), cmath.log(-5j))
    print(digest([round(x, 3) for x in small]), digest([int(x * 1e15) for x in small]))
    print([generator.gauss(0, 1) for _ in range(5)], [generator.expovariate(2) for _ in range(3)])
    print(digest(generator.sample(range(10000), 2000)), generator.betavariate(2, 3))


def decimals():
    decimal.getcontext().prec = 150
    x = decimal.Decimal("12345.6789")
    print(x.sqrt(), x.ln(), (x / 1000).exp(), x**decimal.Decimal("0.7"), 1 / x)
    total = sum(fractions.Fraction(1, n) for n in range(1, 200))
    print(total, float(total))
    print(datetime.datetime(2000, 1, 1) + datetime.timedelta(days=10**5, microseconds=7))


def data():
    text = " ".join(f"{n} {n * n % 1013:x} {'abcdefghijkl'[n % 12]}" for n in range(12000)).encode()
    for level in (1, 6, 9):
        packed = zlib.compress(text, level)
        print(level, len(packed), digest(packed), zlib.decompress(packed) == text)
    for module in (bz2, lzma):
        packed = module.compress(text) if module is bz2 else lzma.compress(text, preset=1)
        print(module.__name__, len(packed), digest(packed), module.decompress(packed) == text)
    print(zlib.crc32(text), zlib.adler32(text))
    for name in sorted(hashlib.algorithms_guaranteed - {"shake_128", "shake_256"}):
        print(name, hashlib.new(name, text).hexdigest()[:40])
    print(hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2000).hex(), hashlib.scrypt(b"a", salt=b"b", n=256, r=8, p=1).hex()[:40])
    tree = {"a": [1, 2.5, None, True, {"b": "\u00e9\n\"" * 3}], "c": [x / 7 for x in range(300)]}
    print(json.loads(json.dumps(tree)) == tree, digest(json.dumps(tree, indent=1)))
    print(len(re.findall(rb"(\d+) ([0-9a-f]+) ([a-f])\b", text)), digest(re.sub(rb"(\w)(\w)", rb"\2\1", text)))
    print(digest(sorted(text.split())), digest(heapq.nsmallest(100, text.split())))
    print(sum(1 for p in itertools.permutations(range(7)) if p[0] < p[3] < p[5]))
    numbers = array.array("f", [x / 3 for x in range(1000)])
    print(digest(numbers.tobytes()), sum(numbers), digest(text.decode().upper()), digest(text.decode().title()))


integers()
print(pi_digits(300))
floats()
decimals()
data()
