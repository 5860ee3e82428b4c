-- A history as version 1 wrote it, with one grade; never renewed.
BEGIN TRANSACTION;
CREATE TABLE checks (
        grade INTEGER NOT NULL REFERENCES grades (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        verdict TEXT NOT NULL,
        points INTEGER NOT NULL,
        max_points INTEGER NOT NULL,
        metric TEXT,
        value REAL,
        unit TEXT,
        PRIMARY KEY (grade, position)
    ) STRICT
    ;
INSERT INTO "checks" VALUES(1,0,'exact','passed',2,2,NULL,NULL,NULL);
INSERT INTO "checks" VALUES(1,1,'speedup','passed',1,3,'speedup',2.4,'x');
INSERT INTO "checks" VALUES(1,2,'gpu','not_measured',0,5,NULL,NULL,NULL);
CREATE TABLE grades (
        id INTEGER PRIMARY KEY,
        challenge TEXT NOT NULL,
        challenge_digest TEXT NOT NULL,
        submission_sha256 TEXT NOT NULL,
        started TEXT NOT NULL,
        wall_s REAL NOT NULL,
        is_complete INTEGER NOT NULL,
        exit_code INTEGER NOT NULL,
        points_earned INTEGER NOT NULL,
        points_measurable INTEGER NOT NULL,
        points_total INTEGER NOT NULL,
        record TEXT NOT NULL
    ) STRICT
    ;
INSERT INTO "grades" VALUES(1,'double','cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','2026-11-25T12:00:00+00:00',6.5,1,0,3,5,10,'{"challenge":"double","challenge_format":1,"challenge_digest":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","title":"Twice the input","pass_mark":0.5,"submission_sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","submission_files":["double.py","kernels/rows.cpp"],"machine":{"cpu":"Example CPU 9000","cores":2,"gpus":[],"driver":null,"torch":"2.13.0+cpu","triton":"3.7.1","python":"3.11.9","lanes":["cpu"]},"isolation":"bubblewrap","isolation_note":null,"freezer":"cgroup","seed_commitment":"630dcd2966c4336691125448bbb25b4ff412a49c732db2c8abc1b8581bd710dd","seed":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f","started":"2026-11-25T12:00:00Z","wall_s":6.5,"spans":[{"name":"start guests","wall_s":1.5},{"name":"check exact","wall_s":0.5},{"name":"check speedup","wall_s":3.25}],"checks":[{"id":"exact","title":"equals the oracle","verdict":"passed","points":2,"max_points":2,"lane":"cpu","required":true,"failure":null,"reason":null,"readings":[],"evidence":"judge","wall_s":0.5,"metric":null,"tier_reached":null,"next_tier":null,"hint":null,"points_open":null,"findings":[]},{"id":"speedup","title":"faster than the loop","verdict":"passed","points":1,"max_points":3,"lane":"cpu","required":false,"failure":null,"reason":null,"readings":[{"name":"speedup","value":2.4,"unit":"x","witness":"judge","low":2.3,"high":2.5,"samples":[2.3,2.4,2.5],"note":"3 pairs of guests"}],"evidence":"judge","wall_s":3.25,"metric":"speedup","tier_reached":{"name":"rows","reach":2.0,"points":1},"next_tier":{"name":"tiles","reach":4.0,"points":3},"hint":"Add whole rows at a time.","points_open":null,"findings":[]},{"id":"gpu","title":"runs on a GPU","verdict":"not_measured","points":0,"max_points":5,"lane":"cuda","required":false,"failure":null,"reason":"this machine has no lane cuda","readings":[],"evidence":"judge","wall_s":0.0,"metric":null,"tier_reached":null,"next_tier":null,"hint":null,"points_open":null,"findings":[]}]}');
CREATE INDEX grades_by_challenge ON grades (challenge, id);
COMMIT;
PRAGMA user_version = 1;
