# CPython: big integers, floating point by the x87, decimal, compression, text.
exec python3 /t/python.py
