# gzip, bzip2, xz and busybox: there and back, and the packed bytes themselves.
head -c 400000 /usr/lib/i386-linux-gnu/libcrypto.so.3 >data
seq 1 20000 >>data
for level in 1 6 9; do
    gzip -n -$level <data >packed
    sha256sum packed
    gzip -dc packed | cmp - data
    busybox zcat packed | cmp - data
done
bzip2 -3 <data >packed
sha256sum packed
bzip2 -dc packed | cmp - data
busybox bzcat packed | cmp - data
xz -1 -T1 <data >packed
sha256sum packed
xz -dc packed | cmp - data
busybox xzcat packed | cmp - data
xz -T1 --format=lzma -0 <data | busybox unlzma | cmp - data
xz -T1 -0 --x86 --lzma2=preset=0 --check=crc64 <data | xz -dc | cmp - data
busybox gzip <data | gzip -dc | cmp - data
busybox bzip2 -2 <data | bzip2 -dc | sha256sum
cksum data
md5sum data
sha1sum data
sha512sum data
tar cf - data packed | tar tf -
