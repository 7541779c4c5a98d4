"""What a reader asks SQLite; `{where}` is the condition of a query."""

from __future__ import annotations

COLUMNS = "m.id, m.topic_id, CAST(m.payload AS BLOB), m.qos, m.retain, m.at, m.properties"

BY_IDS = f"SELECT {COLUMNS} FROM messages AS m WHERE m.id IN ({{ids}}) ORDER BY m.id"  # noqa: S608  constant text
STREAM = f"""
SELECT {COLUMNS} FROM messages AS m WHERE m.id > ? AND m.id <= ? AND {{where}} ORDER BY m.id LIMIT ?"""  # noqa: S608  constant text
BY_ID = f"SELECT {COLUMNS} FROM messages AS m WHERE m.id = ?"  # noqa: S608  constant text
NEWEST = f"SELECT {COLUMNS} FROM messages AS m ORDER BY m.id DESC LIMIT ?"  # noqa: S608  constant text

# The inner query touches only the index `messages_in_order`; payloads are read for the page itself alone.
PAGE = f"""
SELECT {COLUMNS} FROM (SELECT id FROM messages WHERE {{where}} ORDER BY id LIMIT ? OFFSET ?) AS found
JOIN messages AS m ON m.id = found.id ORDER BY m.id"""  # noqa: S608  constant text

# SQLite knows the length of a BLOB without reading it; only the payload of a foreign hand may be TEXT.
POINTS = """
SELECT m.id, m.at, m.topic_id,
       CASE typeof(m.payload) WHEN 'blob' THEN length(m.payload) ELSE length(CAST(m.payload AS BLOB)) END,
       m.qos, m.retain
FROM (SELECT id FROM messages WHERE {where} ORDER BY id LIMIT ?) AS found
JOIN messages AS m ON m.id = found.id ORDER BY m.id"""

SAMPLES = """
SELECT second - (second % :b + :b) % :b AS bucket, topic_id, sum(messages), sum(bytes) FROM samples
WHERE second >= :start AND second < :end GROUP BY bucket, topic_id ORDER BY bucket, topic_id"""

ACTIVITY = """
SELECT second - (second % :b + :b) % :b AS bucket, sum(messages), sum(bytes) FROM (
  SELECT second, sum(messages) AS messages, sum(bytes) AS bytes FROM samples
  WHERE second >= :start AND second < :end GROUP BY second)
GROUP BY bucket ORDER BY bucket"""

# Three queries: SQLite answers each of them without looking at every row.
EXTENT = """
SELECT (SELECT count(*) FROM messages), (SELECT min(id) FROM messages), (SELECT max(id) FROM messages)"""
