"""Queries of strangers: to see what is hidden, to change, to leave, to take all time and memory; and healthy twins."""

import re
import sqlite3

MARKER = "marker-4711-hidden"
VISIBLE = ["town", "river"]


def image(secrets=1):
    """A database with two visible tables and, beside them, hidden ones: a table of some rows, a view, an index ..."""
    with sqlite3.connect(":memory:") as db:
        db.executescript(
            f"""
            CREATE TABLE town (name TEXT, people INTEGER, river TEXT);
            CREATE TABLE river (name TEXT, length REAL);
            CREATE TABLE answers (question TEXT, answer TEXT);
            INSERT INTO answers VALUES ('which', '{MARKER}');
            {"INSERT INTO answers VALUES ('more', 'of it');" * (secrets - 1)}
            CREATE VIEW peek AS SELECT town.name, answers.answer FROM town, answers;
            CREATE INDEX by_answer ON answers (answer);
            CREATE TRIGGER told AFTER INSERT ON town BEGIN UPDATE town SET name = (SELECT answer FROM answers); END;
            CREATE VIRTUAL TABLE pages USING fts5(text);
            INSERT INTO pages VALUES ('{MARKER}');
            """
        )
        rows = [(f"t{k}", k, f"r{k % 7}") for k in range(200)]
        db.executemany("INSERT INTO river VALUES (?, ?)", [(f"r{k}", 10.5 * k) for k in range(7)])
        db.execute("DROP TRIGGER told")
        db.executemany("INSERT INTO town VALUES (?, ?, ?)", rows)
        db.execute("CREATE TRIGGER told AFTER INSERT ON town BEGIN SELECT answer FROM answers; END")
        db.commit()
        return db.serialize()


MANY = "town a, town b, town c, town d, town e, town f"
LONG = "replace(hex(printf('%.*c', 20000, 'x')), '7', printf('%.*c', 4, 'a'))"  # 100,000 letters
LAUGHS = ", ".join(["l0 AS (SELECT 1)", *(f"l{k} AS (SELECT 1 FROM l{k - 1}, l{k - 1})" for k in range(1, 25))])

READS = {
    "hidden table": "SELECT * FROM answers",
    "hidden table, counted": "SELECT count(*) FROM answers",
    "hidden table, counted with ours": "SELECT count(*) FROM town, answers",
    "hidden table, counted inside": "SELECT 1 FROM town WHERE (SELECT count(*) FROM answers) = 1",
    "hidden view, counted": "SELECT count(*) FROM peek p",
    "full text, counted": "SELECT count(*) FROM PAGES",
    "hidden table, quoted": 'SELECT * FROM "answers"',
    "hidden table, bracketed": "SELECT * FROM [ANSWERS]",
    "hidden table, of main": "SELECT * FROM main.answers",
    "hidden table in a subquery": "SELECT (SELECT answer FROM answers)",
    "hidden table in a condition": "SELECT name FROM town WHERE EXISTS (SELECT 1 FROM answers WHERE answer LIKE 'm%')",
    "hidden table in an order": "SELECT name FROM town ORDER BY (SELECT answer FROM answers)",
    "hidden table in a union": "SELECT name FROM town UNION ALL SELECT answer FROM answers",
    "hidden table joined": "SELECT * FROM town JOIN answers ON 1",
    "hidden table under a name of ours": "WITH town AS (SELECT * FROM answers) SELECT * FROM town",
    "hidden table in a window": "SELECT max(people) OVER (ORDER BY (SELECT answer FROM answers)) FROM town",
    "hidden table by IN": "SELECT name FROM town WHERE name IN answers",
    "hidden row": "SELECT rowid FROM answers",
    "hidden view": "SELECT * FROM peek",
    "hidden index": "SELECT * FROM by_answer",
    "full text": "SELECT * FROM pages",
    "full text, matched": "SELECT * FROM pages WHERE pages MATCH 'marker'",
    "full text, its content": "SELECT * FROM pages_content",
    "schema": "SELECT sql FROM sqlite_master",
    "schema, counted": "SELECT count(*) FROM sqlite_master",
    "schema by its new name": "SELECT * FROM sqlite_schema",
    "schema of main": "SELECT name FROM main.sqlite_master WHERE type='table'",
    "schema of temp": "SELECT * FROM sqlite_temp_master",
    "schema under another name": "SELECT m.sql FROM (SELECT * FROM sqlite_master) m",
    "schema in a WITH": "WITH s AS (SELECT sql FROM sqlite_master) SELECT * FROM s",
    "sequence": "SELECT * FROM sqlite_sequence",
    "statistics": "SELECT * FROM sqlite_stat1",
    "table_list": "SELECT * FROM pragma_table_list",
    "table_info": "SELECT * FROM pragma_table_info('answers')",
    "database_list": "SELECT * FROM pragma_database_list",
    "index_list": "SELECT * FROM pragma_index_list('answers')",
    "function_list": "SELECT name FROM pragma_function_list",
    "module_list": "SELECT name FROM pragma_module_list()",
    "compile options": "SELECT * FROM pragma_compile_options",
    "pages of the file": "SELECT * FROM dbstat",
    "raw pages": "SELECT data FROM sqlite_dbpage",
    "bytecode": "SELECT * FROM bytecode('SELECT * FROM answers')",
    "statements": "SELECT sql FROM sqlite_stmt",
    "json table": "SELECT * FROM json_each('[1,2]')",
    "json tree": "SELECT * FROM json_tree('{\"a\":1}')",
    "series": "SELECT value FROM generate_series(1, 10)",
    "vocabulary": "SELECT * FROM fts5vocab",
    "explain": "EXPLAIN SELECT * FROM town",
    "explain query plan": "EXPLAIN QUERY PLAN SELECT * FROM town",
    "explain after a comment": "/* SELECT */ EXPLAIN SELECT * FROM answers",
}
"""What reads what is not to be seen; every one must be refused."""

CHANGES = {
    "attach": "ATTACH 'FOLDER/stolen.db' AS s",
    "attach in memory": "ATTACH ':memory:' AS s",
    "attach by its address": "ATTACH 'file:FOLDER/canary.txt?mode=rwc' AS s",
    "detach": "DETACH main",
    "vacuum": "VACUUM",
    "vacuum into": "VACUUM INTO 'FOLDER/copy.db'",
    "insert": "INSERT INTO town VALUES ('x', 1, 'y')",
    "insert by WITH": "WITH x AS (SELECT 1) INSERT INTO town SELECT 'x', 1, 'y' FROM x",
    "replace": "REPLACE INTO town VALUES ('x', 1, 'y')",
    "update": "UPDATE town SET people = 0",
    "update by WITH": "WITH x AS (SELECT 1) UPDATE town SET people = 0",
    "delete": "DELETE FROM town",
    "delete by WITH": "WITH x AS (SELECT 1) DELETE FROM town RETURNING *",
    "returning": "INSERT INTO town VALUES ('x', 1, 'y') RETURNING (SELECT answer FROM answers)",
    "create table": "CREATE TABLE mine AS SELECT * FROM answers",
    "create temporary": "CREATE TEMP TABLE mine (x)",
    "create view": "CREATE TEMP VIEW v AS SELECT * FROM answers",
    "create trigger": "CREATE TEMP TRIGGER t AFTER INSERT ON town BEGIN SELECT 1; END",
    "create index": "CREATE INDEX i ON town (name)",
    "create virtual": "CREATE VIRTUAL TABLE v USING fts5(x)",
    "create over a file": "CREATE VIRTUAL TABLE v USING csv(filename='FOLDER/canary.txt')",
    "drop": "DROP TABLE town",
    "alter": "ALTER TABLE town RENAME TO city",
    "reindex": "REINDEX",
    "analyze": "ANALYZE",
    "begin": "BEGIN IMMEDIATE",
    "commit": "COMMIT",
    "savepoint": "SAVEPOINT s",
    "pragma": "PRAGMA query_only = off",
    "pragma, schema": "PRAGMA writable_schema = on",
    "pragma, heap": "PRAGMA hard_heap_limit = 0",
    "pragma, temporary folder": "PRAGMA temp_store_directory = 'FOLDER'",
    "pragma, journal": "PRAGMA journal_mode = WAL",
    "pragma as a function": "SELECT * FROM pragma_query_only",
    "schema forged": "UPDATE sqlite_master SET sql = 'CREATE TABLE town (x)' WHERE name = 'town'",
    "schema forged by WITH": "WITH x AS (SELECT 1) DELETE FROM sqlite_master",
    "extension": "SELECT load_extension('FOLDER/evil.so')",
    "extension with an entry": "SELECT load_extension('FOLDER/evil.so', 'main')",
    "file read": "SELECT readfile('FOLDER/canary.txt')",
    "file written": "SELECT writefile('FOLDER/new.txt', 'x')",
    "editor": "SELECT edit('x', 'sh')",
    "tokenizer": "SELECT fts3_tokenizer('simple', x'4141414141414141')",
    "tokenizer, asked": "SELECT hex(fts3_tokenizer('simple'))",
    "full text command": "INSERT INTO pages(pages) VALUES ('rebuild')",
    "r-tree check": "SELECT rtreecheck('town')",
    "shell": ".shell id",
    "shell in a comment": "SELECT 1 /*\n*/ .system id",
    "two statements": "SELECT 1; SELECT 2",
    "two statements, one hidden": "SELECT 1;--\nDELETE FROM town",
    "statement after a comment": "SELECT 1 /* ; */ ; DROP TABLE town",
    "NUL": "SELECT 1\0; DROP TABLE town",
    "NUL first": "\0SELECT 1",
    "open comment": "/* SELECT 1",
    "open text": "SELECT 'x",
    "nothing": "",
    "only blanks": " \n;;; -- SELECT 1",
    "a word": "selection",
    "a parameter": "SELECT ?",
    "a named parameter": "SELECT :answers, @x, $y",
    "lone surrogate": "SELECT '\ud800'",
    "no blank at all": "SELECT\u00a01",
}
"""What changes, leaves or confuses; every one must be refused, and nothing may have changed."""

KNOWS = {
    "chance": "SELECT random()",
    "chance of bytes": "SELECT hex(randomblob(8))",
    "today": "SELECT date('now')",
    "today in capitals": "SELECT datetime('NOW', '+1 day')",
    "today by default": "SELECT date()",
    "today by strftime": "SELECT strftime('%s')",
    "today in bytes": "SELECT date(x'6e6f77')",
    "today behind a NUL": "SELECT date(char(110, 111, 119, 0))",
    "today put together": "SELECT julianday('n' || 'ow')",
    "the local time": "SELECT datetime('2020-01-01', 'localtime')",
    "current_timestamp": "SELECT current_timestamp",
    "current_date": "SELECT CURRENT_DATE",
    "version": "SELECT sqlite_version()",
    "source": "SELECT sqlite_source_id()",
    "compile option": "SELECT sqlite_compileoption_get(1)",
    "changes": "SELECT changes(), last_insert_rowid(), total_changes()",
    "offset in the file": "SELECT sqlite_offset(name) FROM town",
    "log": "SELECT sqlite_log(1, 'x')",
    "soundex": "SELECT soundex('x')",
}
"""What knows the time, chance or the machine; every one must be refused: answers are to be the same everywhere."""

BOMBS = {
    "endless": "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT sum(x) FROM a",
    "endless rows": "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT count(*) FROM a",
    "endless, kept": "WITH RECURSIVE a(x) AS (SELECT 1 UNION SELECT x + 1 FROM a) SELECT max(x) FROM a ORDER BY 1",
    "doubling": "WITH RECURSIVE a(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM a) SELECT max(length(x)) FROM a",
    "two by two": "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x FROM a, (VALUES (1), (2))) SELECT sum(x) FROM a",
    "product": f"SELECT count(*) FROM {MANY}",
    "product, sorted": f"SELECT a.name FROM {MANY} ORDER BY f.people, e.people, d.people",
    "product, grouped": f"SELECT count(DISTINCT a.name || b.name || c.name || d.name) FROM {MANY}",
    "product, joined to text": f"SELECT length(group_concat(a.name || b.name)) FROM {MANY}",
    "product, window": f"SELECT sum(a.people) OVER (ORDER BY f.people ROWS 1000 PRECEDING) FROM {MANY}",
    "product, unequal": "SELECT max(a.people) FROM town a, town b, town c, town d, town e WHERE a.people < 0",
    "zeroblob": "SELECT length(zeroblob(1000000000))",
    "printf": "SELECT printf('%1000000000d', 1)",
    "printf by a star": "SELECT length(printf('%.*c', 1000000000, 'x'))",
    "format": "SELECT length(format('%01000000.1f', 1))",
    "hex of hex": f"SELECT hex(hex(hex(hex({LONG}))))",
    "replace": f"SELECT length(replace({LONG}, 'a', {LONG}))",
    "concatenation": f"SELECT {LONG} || {LONG} || {LONG}",
    "many long rows": f"SELECT {LONG} FROM {MANY} ORDER BY 1",
    "wide rows": "SELECT " + ", ".join([LONG] * 60) + " FROM town",
    "like": f"SELECT {LONG} LIKE '%a%a%a%a%a%a%a%a%a%a%a%a%z'",
    "glob": f"SELECT {LONG} GLOB '*a*a*a*a*a*a*a*a*a*a*a*z'",
    "long pattern": "SELECT 'x' LIKE '" + "%x" * 5000 + "'",
    "instr": f"SELECT instr({LONG}, substr({LONG}, 50000) || 'z') FROM {MANY}",
    "long list": "SELECT 1 WHERE 1 IN (" + ",".join(map(str, range(4000))) + ")" + " OR 1" * 100,
    "deep brackets": "SELECT " + "(" * 5000 + "1" + ")" * 5000,
    "deep minus": "SELECT " + "- " * 5000 + "1",
    "deep subqueries": "SELECT * FROM " + "(SELECT * FROM " * 200 + "town" + ")" * 200,
    "deep cases": "SELECT " + "CASE WHEN 1 THEN " * 300 + "1" + " END" * 300,
    "long union": "SELECT 1" + " UNION ALL SELECT 1" * 1000,
    "many columns": "SELECT " + ",".join(["1"] * 2000),
    "many arguments": "SELECT max(" + ",".join(["1"] * 2000) + ")",
    "many tables": "SELECT count(*) FROM " + ", ".join(f"town t{k}" for k in range(64)),
    "too many tables": "SELECT 1 FROM " + ", ".join(f"town t{k}" for k in range(300)),
    "a billion laughs": f"WITH {LAUGHS} SELECT count(*) FROM l24",
    "a megabyte": "SELECT '" + "x" * 10**6 + "'",
    "a megabyte of comments": "/**/" * 250_000 + "SELECT 1",
    "comments without end": "/**/" * 4500 + "x",
    "a long name": 'SELECT 1 AS "' + "n" * 15_000 + '"',
    "many long names": "SELECT " + ", ".join(f'1 AS "{"n" * 300}{k}"' for k in range(60)),
}  # fmt: skip
"""What asks for all time, memory or room; refused, or answered within the bounds."""

HEALTHY = {
    "SELECT count(*), min(people), max(people) FROM town": "200 | 0 | 199",
    "SELECT count(*) FROM town t": "200",
    "SELECT count(*) FROM main.town, (SELECT 1), river": "1400",
    'SELECT "name" FROM main.town WHERE people = 3;': "t3",
    "SELECT name FROM [town] WHERE people IN (SELECT 5)": "t5",
    "SELECT (SELECT length FROM river WHERE river.name = town.river) FROM town WHERE people = 9": "21.0",
    "SELECT name FROM town WHERE people > 5 AND EXISTS (SELECT 1 FROM river WHERE people = length / 10.5)": "t6",
    "SELECT count(*) FROM (SELECT name FROM town UNION ALL SELECT name FROM river)": "207",
    "SELECT t.name, r.length FROM town t JOIN river r ON t.river = r.name WHERE t.people = 13": "t13 | 63.0",
    "WITH answers AS (SELECT 7 AS answer) SELECT answer FROM answers": "7",
    "WITH mine AS (SELECT 7 AS answer) SELECT count(*) FROM mine": "1",
    "SELECT max(people) OVER (ORDER BY people DESC) FROM town LIMIT 1": "199",
    "/* EXPLAIN */ -- DELETE\n SELECT 1 /* ; */ ; -- DROP": "1",
    "WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a WHERE x < 1000) SELECT sum(x) FROM a": "500500",
    "SELECT length(printf('%.*c', 1000, 'x')), printf('%05d', 42)": "1000 | 00042",
    "SELECT 'abc' LIKE 'a%', 'abc' GLOB '*c', replace('aXa', 'X', 'b'), instr('abc', 'c')": "1 | 1 | aba | 3",
    "SELECT count(*) FROM town a, town b WHERE a.people < b.people": "19900",
    "SELECT group_concat(name, '+') FROM (SELECT name FROM river ORDER BY name LIMIT 3)": "r0+r1+r2",
    "SELECT date('2024-02-28', '+2 days'), strftime('%Y', '1999-12-31')": "2024-03-01 | 1999",
    "SELECT time('12:00', '+90 minutes'), julianday('2000-01-01')": "13:30:00 | 2451544.5",
    "SELECT 'now', 'DROP TABLE town; --', '\u00e9'": "now | DROP TABLE town; -- | \u00e9",
    "SELECT ((((((((((1))))))))))": "1",
    "VALUES (1, NULL), (2.5, x'00ff')": "1 | NULL\n2.5 | x'00ff'",
    "SELECT CASE WHEN people > 100 THEN 1 ELSE 0 END AS big, count(*) FROM town GROUP BY big HAVING big": "1 | 99",
    "SELECT sqrt(16), 2 << 3, 7 % 4, 7 / 2, round(2.567, 1), abs(-3)": "4.0 | 16 | 3 | 3 | 2.6 | 3",
    "SELECT lag(name) OVER (ORDER BY people) FROM town WHERE people > 197": "NULL\nt198",
    "SELECT name FROM town WHERE name = 'nobody'": "",
}
"""Honest queries, near to the attacks, and their rows."""


TABLES = ["town"] * 5 + ["river"] * 4 + ["mine", "answers", "peek", "pages", "sqlite_master"]
TABLES += ["main.answers", "main.town"]
COLUMNS = ["name"] * 6 + ["1", "count(*)", "*", "people", "length", "answer", "rowid", "answers.rowid", "sql"]
PARTS = (
    ("", "", "", "WITH mine AS (SELECT $C AS name FROM $T) ", "WITH answers AS $Q "),
    ("SELECT $C", "SELECT $C", "SELECT max($C) OVER ()", "SELECT count($C)", "SELECT $Q"),
    (" FROM $T", " FROM $T", " FROM $T a", " FROM $T answers", " FROM $T a, $T b", " FROM $Q"),
    ("", "", "", " JOIN $T ON 1", " LEFT JOIN $T USING (name)", " NATURAL JOIN $T"),
    ("", "", " WHERE 1", " WHERE EXISTS $Q", " WHERE 1 IN $Q", " WHERE 1 IN $T"),
    ("", "", "", " ORDER BY $C", " GROUP BY $C", " UNION SELECT $C FROM $T"),
)
"""Parts of a query; $T is a table, $C a column, $Q a query in brackets."""


def grown(rng, depth=2):
    """A random query on what is visible, what is hidden, and what WITH defines."""

    def one(choices):
        return choices[int(rng.integers(len(choices)))]

    def filled(match):
        if match[0] == "$Q":
            return f"({grown(rng, depth - 1)})" if depth else f"(SELECT name FROM {one(TABLES)})"
        return one(TABLES if match[0] == "$T" else COLUMNS)

    return re.sub(r"\$[TCQ]", filled, "".join(one(part) for part in PARTS))
