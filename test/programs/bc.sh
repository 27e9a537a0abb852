# bc and dc: a few hundred digits of pi, e and others. GNU factor: GMP.
export BC_LINE_LENGTH=0
bc -l <<'END'
scale = 500
4 * a(1)
scale = 200
e(1)
l(2)
s(1.5)
c(0.3)
j(2, 1.7)
sqrt(2)
scale = 0
2 ^ 4000
3 ^ 900 / 7 ^ 300
3 ^ 900 % (7 ^ 300)
obase = 16
2 ^ 521 - 1
obase = 7
10 ^ 60
ibase = 16
FEDCBA9876543210FEDCBA9876543210
END
dc -e '[la1+dsa*pla40>y]sy0sa1lyx 150k2vp'
factor 18446744073709551557 340282366920938463463374607431768211297 1000000016000000063
