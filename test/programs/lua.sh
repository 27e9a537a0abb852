# Lua: numbers, text, tables, coroutines.
exec lua /t/lua.lua
