# Big numbers, floating point, packing, patterns, sorting; prints the same on every processor.
use strict;
use warnings;
use integer ();
use Digest::MD5 qw(md5_hex);
use Digest::SHA qw(sha1_hex sha512_hex);
use List::Util qw(sum reduce shuffle);
use Math::BigFloat;
use Math::BigInt;
use Math::Trig;
use MIME::Base64;
use POSIX qw(floor ceil fmod strtol);

my $seed = 1;
sub draw { return $seed = ($seed * 16807) % 2147483647 }    # Park and Miller 1988

print Math::BigInt->new(7)->bpow(300), "\n", Math::BigInt->new(120)->bfac(), "\n";
print Math::BigInt->new("123456789" x 6)->bmodpow("98765432123456789", "1" . "0" x 40 . "7"), "\n";
print Math::BigFloat->bpi(80), "\n", Math::BigFloat->new(2)->bsqrt(90), "\n";
print Math::BigFloat->new("1.5")->bexp(60), "\n";

my @values = map { (draw() - 1e9) / (draw() % 100000 + 1) } 1 .. 4000;
my @lines = map { sprintf "%.17g %e %d %x", $_, $_ / 3, $_, abs $_ } @values;
print "$_\n" for @lines[0 .. 20];
print md5_hex(join "\n", @lines), "\n";
for my $function (
    sub { sin $_[0] }, sub { cos $_[0] }, sub { exp $_[0] / 1e8 }, sub { log abs($_[0]) + 1 },
    sub { sqrt abs $_[0] }, sub { atan2 $_[0], 3 }, sub { abs($_[0])**0.37 }, sub { tanh $_[0] / 1e4 },
    sub { floor $_[0] }, sub { ceil $_[0] }, sub { fmod $_[0], 7.3 }, sub { $_[0] % 1000 },
    sub { int $_[0] }, sub { $_[0] / 7 })
{
    print md5_hex(join ",", map { $function->($_) } @values), "\n";
}
print sum(@values), " ", (reduce { $a * 0.5 + $b } @values), "\n";
print md5_hex(join ",", sort { $a <=> $b } @values), " ", md5_hex(join ",", sort @values), "\n";

my $packed = join "", map { pack "NvCsldfw", $_ & 0xFFFFFFFF, $_, $_, $_, $_, $_ / 3, $_ / 7, $_ } map { draw() } 1 .. 2000;
print length $packed, " ", md5_hex($packed), " ", sha1_hex($packed), " ", sha512_hex($packed), "\n";
print unpack("%32C*", $packed), " ", md5_hex(encode_base64($packed)), " ", crypt("word", "ab") // "", "\n";

my $text = join " ", map { ("the", "quick", "brown", "fox")[draw() % 4] . draw() % 100 } 1 .. 8000;
my %count;
$count{$1}++ while $text =~ /\b([a-z]+)\d*[13579]\b/g;
print "$_ $count{$_}\n" for sort keys %count;
(my $changed = $text) =~ s/(\w+?)(\d+)/$2 . ucfirst reverse $1/ge;
print md5_hex($changed), " ", ($text =~ tr/a-e//), " ", scalar(split /[aeiou]+/, $text), "\n";
{
    use integer;
    my $hash = 0;
    $hash = $hash * 31 + ord for split //, substr $text, 0, 5000;
    print $hash, " ", -17 / 5, " ", -17 % 5, " ", 1 << 30, "\n";
}
