# Digests, ciphers, key derivation, signatures with given keys, prime numbers.
export OPENSSL_CONF=/dev/null
seq 1 40000 >data
for digest in md5 sha1 sha224 sha256 sha384 sha512 sha512-256 sha3-256 sha3-512 shake256 \
    blake2s256 blake2b512 sm3 ripemd160; do
    openssl dgst -$digest data
done
printf abc | openssl dgst -sha256 # ba7816bf...15ad [FIPS 180-4]
openssl dgst -sha256 -hmac secret data
key=000102030405060708090a0b0c0d0e0f
for cipher in aes-128-cbc aes-128-ctr aes-128-cfb8 aes-128-ofb aria-128-cbc camellia-128-cbc \
    sm4-ctr; do
    openssl enc -$cipher -K $key -iv $key -in data -out sealed
    openssl enc -d -$cipher -K $key -iv $key -in sealed -out opened
    echo $cipher $(sha256sum <sealed)
    cmp data opened
done
for cipher in aes-256-cbc chacha20 camellia-256-ctr; do
    openssl enc -$cipher -K $key$key -iv $key -in data | sha256sum
done
openssl enc -des-ede3-cbc -K $key${key%????????????????} -iv 0001020304050607 -in data | sha256sum
openssl enc -aes-256-cbc -pbkdf2 -iter 5000 -S 0102030405060708 -pass pass:word -in data | sha256sum
openssl kdf -keylen 32 -kdfopt digest:SHA512 -kdfopt pass:word -kdfopt salt:salt \
    -kdfopt iter:3000 PBKDF2
openssl kdf -keylen 64 -kdfopt pass:password -kdfopt salt:NaCl -kdfopt n:1024 -kdfopt r:8 \
    -kdfopt p:2 SCRYPT
openssl kdf -keylen 42 -kdfopt digest:SHA256 -kdfopt key:secret -kdfopt salt:salt \
    -kdfopt info:label HKDF
openssl mac -cipher AES-128-CBC -macopt hexkey:$key -in data CMAC
openssl mac -macopt hexkey:$key$key -in data Poly1305
openssl mac -macopt hexkey:$key -in data SipHash

# The keys and the signatures by the host were made before; RSA and EdDSA sign without chance.
openssl dgst -sha256 -sign /t/keys/rsa.pem data | sha256sum
openssl dgst -sha256 -prverify /t/keys/rsa.pem -signature /t/keys/rsa.sig data
openssl rsa -in /t/keys/rsa.pem -check -noout
openssl pkeyutl -sign -rawin -inkey /t/keys/ed25519.pem -in data | sha256sum
for curve in prime256v1 secp384r1 secp521r1 brainpoolP256r1 sect283r1; do
    openssl dgst -sha512 -prverify /t/keys/$curve.pem -signature /t/keys/$curve.sig data
    openssl dgst -sha512 -sign /t/keys/$curve.pem -out own.sig data
    openssl dgst -sha512 -prverify /t/keys/$curve.pem -signature own.sig data
    openssl pkeyutl -derive -inkey /t/keys/$curve.pem -peerkey /t/keys/$curve-peer.pem | sha256sum
done
for curve in x25519 x448; do
    openssl pkeyutl -derive -inkey /t/keys/$curve.pem -peerkey /t/keys/$curve-peer.pem | sha256sum
done
openssl req -x509 -key /t/keys/rsa.pem -subj /CN=test -set_serial 1 -out own.crt
openssl verify -CAfile own.crt -no_check_time own.crt
openssl genrsa 768 2>/dev/null | openssl rsa -check -noout

for number in 170141183460469231731687303715884105727 170141183460469231731687303715884105729 \
    3317044064679887385961981 32416190071; do
    openssl prime $number
done
openssl prime -hex FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F
