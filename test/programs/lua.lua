-- Numbers, text and tables; prints the same on every processor.
local seed = 1
local function draw()
    seed = (seed * 6364136223846793005 + 1442695040888963407)
    return seed >> 33
end

local sum, hash = 0.0, 0
for i = 1, 20000 do
    local x = draw() / 2 ^ 20 + 0.5
    sum = sum + math.sin(x) * math.sqrt(x) / math.log(x + 2) + math.exp(-x) + x % 3.7 + x // 1.3
    hash = hash * 31 + math.floor(x * 1000) ~ i
end
print(string.format("%.12g %d", sum, hash))
print(1 // 0.0, -7 // 2, -7 % 3, 7.5 // 2, 1 << 62, 3 | 8, math.maxinteger + 1, 10 // 3, 2 ^ 0.5, 1e15, 2 ^ 53)
local words = {}
for i = 1, 3000 do
    words[i] = string.format("%x", draw() % 100000)
end
table.sort(words)
local text = table.concat(words, " ")
print(#text, text:sub(1, 200), select(2, text:gsub("(%x)(%x)", "%2%1")), text:find("ff%d"))
print(string.unpack("<i4d", string.pack("<i4d", -5, 1 / 3)), math.tointeger(3.0), tostring(0 / 0))
local n, primes = 30000, 0
local sieve = {}
for i = 2, n do
    if not sieve[i] then
        primes = primes + 1
        for j = i * i, n, i do sieve[j] = true end
    end
end
print(primes)
local function fib(k) return k < 2 and k or fib(k - 1) + fib(k - 2) end
print(fib(23), coroutine.wrap(function() coroutine.yield(42) end)())
