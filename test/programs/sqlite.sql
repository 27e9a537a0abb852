CREATE TABLE t (id INTEGER PRIMARY KEY, a INTEGER, b REAL, c TEXT);
WITH RECURSIVE draw(n, x) AS
    (SELECT 1, 12345 UNION ALL SELECT n + 1, (x * 1103515245 + 12345) % 2147483648 FROM draw WHERE n < 6000)
    INSERT INTO t SELECT n, x % 1000, x / 1234.5, printf('%x-%s', x, char(97 + x % 26)) FROM draw;
CREATE INDEX i ON t (a, c);
SELECT count(*), sum(a), avg(b), total(b), min(c), max(c) FROM t;
SELECT a % 10 AS g, count(*), sum(b), avg(b * b), group_concat(substr(c, -1), '') FROM t WHERE id < 500 GROUP BY g;
SELECT id, sum(b) OVER (ORDER BY id ROWS 5 PRECEDING), rank() OVER (ORDER BY a), ntile(7) OVER (ORDER BY c) FROM t
    ORDER BY id LIMIT 40;
SELECT count(*), sum(x.b - y.b) FROM t x JOIN t y ON x.a = y.a AND x.id < y.id;
SELECT round(b, 2), printf('%.15g|%e|%08.3f', b, b, b), b % 7, CAST(b AS INTEGER), quote(b), hex(c) FROM t LIMIT 30;
SELECT json_group_array(json_object('a', a, 'b', b)) FROM t WHERE id % 500 = 0;
SELECT c FROM t WHERE c GLOB '*5?-[a-f]' OR c LIKE '%abc%' ORDER BY c DESC LIMIT 20;
SELECT 9223372036854775807 + 1, 9223372036854775807 - 1, -9223372036854775808 / -1, 5 / 2, -5 % 3, 1 << 62, ~5, 7 / 2.0;
SELECT sin(1), exp(1.5), ln(10), pow(2, 0.5), atan2(1, 2), sqrt(3), ceil(2.1), log2(10);
CREATE VIRTUAL TABLE f USING fts5(c);
INSERT INTO f SELECT replace(c, '-', ' ') || ' word' || (a % 17) FROM t WHERE id <= 1500;
SELECT count(*) FROM f WHERE f MATCH 'word3';
SELECT rowid, bm25(f) FROM f WHERE f MATCH 'word5 OR a' ORDER BY bm25(f), rowid LIMIT 10;
BEGIN; UPDATE t SET b = b * 1.1, c = upper(c) WHERE a < 500; DELETE FROM t WHERE a > 900; COMMIT;
BEGIN; DELETE FROM t; ROLLBACK;
VACUUM;
PRAGMA integrity_check;
SELECT count(*), sum(b), sum(length(c)), sum(unicode(c)) FROM t;
