# SQLite: a data base on disk with aggregates, windows, joins, JSON and full text.
sqlite3 own.db </t/sqlite.sql
sqlite3 own.db .dump | sha256sum
