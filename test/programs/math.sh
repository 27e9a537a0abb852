# The C library's mathematics: see math.c.
exec /t/math
