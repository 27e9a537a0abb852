# Perl: big numbers, floating point, packing, patterns, sorting.
exec perl /t/perl.pl
