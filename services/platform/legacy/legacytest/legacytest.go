// Package legacytest fills stores as earlier versions did, with states in JSON, to test their
// upgrade.
package legacytest

import (
	"bufio"
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/changes"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// The old change feed table.
//
//go:embed sqlite.sql postgres.sql
var tables embed.FS

// Entry is a feed entry written by an earlier version, and the change it was listed as.
type Entry struct {
	Actor    string          `json:"actor"`
	At       int64           `json:"at"`
	Resource string          `json:"resource"`
	Type     string          `json:"type"`
	Kind     string          `json:"kind"`
	State    string          `json:"state"`
	Change   json.RawMessage `json:"change"`
}

// Entries reads entries from a file with one JSON object per line.
func Entries(t *testing.T, file string) (entries []Entry) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, len(text))
	for lines.Scan() {
		var entry Entry
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry)
	}
	if lines.Err() != nil || len(entries) == 0 {
		t.Fatalf("read %d entries from %s: %v", len(entries), file, lines.Err())
	}
	return entries
}

// tenants is the number of tenants that have the entries, enough for an upgrade to take several
// batches.
const tenants = 30

// Run upgrades a store with old entries on each engine, and checks that changes and positions stay
// the same. sql are the service's migrations before the upgrade, upgraded those that include it.
func Run(t *testing.T, sql, upgraded fs.FS, entries []Entry) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.URL(t, engine)
			older := Fill(t, url, sql, entries)
			before := positions(t, older)
			Forget(t, older)
			db := databasetest.Open(t, url, upgraded)
			if err := db.Ready(t.Context()); err != nil {
				t.Error(err)
			}
			if after := positions(t, db); after != before {
				t.Errorf("positions are\n%s, want\n%s", after, before)
			}
			for n := range tenants {
				check(t, db, tenant(n), entries)
			}
			checkAppends(t, db, len(entries))
			checkIndexes(t, db)
		})
	}
}

func tenant(n int) auth.Tenant { return auth.Tenant(fmt.Sprintf("tenant-%d", n)) }

// Fill creates a store in the old format, except for migrations; see Forget. The number of the last entry is used, but the entry is
// removed.
func Fill(t *testing.T, url string, sql fs.FS, entries []Entry) *database.DB {
	t.Helper()
	db := databasetest.Open(t, url, sql)
	ddl, err := tables.ReadFile(string(db.Engine()) + ".sql")
	if err != nil {
		t.Fatal(err)
	}
	databasetest.Execute(t, db, `DROP TABLE change_feed`, `DROP TABLE change_feed_floor`)
	databasetest.Execute(t, db, strings.Split(strings.TrimSuffix(strings.TrimSpace(string(ddl)), ";"), ";\n")...)
	for n := range tenants {
		if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
			for _, e := range entries {
				if _, err := tx.ExecContext(ctx, `INSERT INTO change_feed (tenant, at, actor, resource, resource_type, kind, state) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
					string(tenant(n)), e.At, e.Actor, e.Resource, e.Type, e.Kind, e.State); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	databasetest.Execute(t, db, `INSERT INTO change_feed (tenant, at, actor, resource, resource_type, kind, state) VALUES ('gone', 0, '', '', '', '', '')`,
		`DELETE FROM change_feed WHERE tenant = 'gone'`)
	return db
}

// Forget undoes the later migrations of the platform, which are numbered below the service's own. A
// program that knows them does not work on the store any more.
func Forget(t *testing.T, db *database.DB) {
	t.Helper()
	databasetest.Execute(t, db, `DROP TABLE page_token_key`, `DROP INDEX webhook_dead_letters_by_time`, `DELETE FROM goose_db_version WHERE version_id BETWEEN 4 AND 99`)
}

// positions lists the positions of all entries.
func positions(t *testing.T, db *database.DB) string {
	t.Helper()
	var all []string
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) (err error) {
		all, err = database.Select(ctx, tx, "entry", func(row database.Row) (string, error) {
			var tenant, resource string
			var txid, seq int64
			err := row.Scan(&tenant, &resource, &txid, &seq)
			return fmt.Sprintln(tenant, resource, txid, seq), err
		}, `SELECT tenant, resource, txid, seq FROM change_feed ORDER BY txid, seq`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, "")
}

// check compares a tenant's changes, read page by page, with entries.
func check(t *testing.T, db *database.DB, tenant auth.Tenant, entries []Entry) {
	t.Helper()
	var got []*changesv1.Change
	for token := ""; ; {
		response, err := changes.New(db).ListChanges(auth.With(t.Context(), auth.Principal{Tenant: tenant}), &changesv1.ListChangesRequest{PageToken: token, PageSize: 7})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, response.GetChanges()...)
		if token = response.GetNextPageToken(); token == "" {
			break
		}
	}
	if len(got) != len(entries) {
		t.Fatalf("got %d changes, want %d", len(got), len(entries))
	}
	for i, entry := range entries {
		want := &changesv1.Change{}
		if err := protojson.Unmarshal(entry.Change, want); err != nil {
			t.Fatal(err)
		}
		if !proto.Equal(state(t, got[i]), state(t, want)) {
			t.Errorf("state of %s: got %v, want %v", entry.Resource, got[i], want)
		}
		want.Token, want.State = got[i].GetToken(), got[i].GetState()
		if !proto.Equal(got[i], want) {
			t.Errorf("change of %s: got %v, want %v", entry.Resource, got[i], want)
		}
	}
}

func state(t *testing.T, change *changesv1.Change) proto.Message {
	t.Helper()
	message, err := change.GetState().UnmarshalNew()
	if err != nil {
		t.Fatal(err)
	}
	return message
}

// checkIndexes checks that the feed has the indexes of a new store.
func checkIndexes(t *testing.T, db *database.DB) {
	t.Helper()
	statement := `SELECT name FROM sqlite_master WHERE tbl_name = 'change_feed' AND type = 'index' ORDER BY name`
	if db.Engine() == database.PostgreSQL {
		statement = `SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'change_feed' ORDER BY indexname`
	}
	if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		names, err := database.Select(ctx, tx, "index", func(row database.Row) (name string, err error) { return name, row.Scan(&name) }, statement)
		if want := "change_feed_by_actor change_feed_by_resource change_feed_by_tenant change_feed_by_time change_feed_by_type"; strings.Join(names, " ") != want {
			t.Errorf("the indexes are %v, want %s", names, want)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// checkAppends appends an entry and checks that it is the last one.
func checkAppends(t *testing.T, db *database.DB, entries int) {
	t.Helper()
	state, err := feed.Pack(&changesv1.Change{Actor: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
		return feed.Append(ctx, tx, feed.Entry{Tenant: "new", Time: time.Unix(1, 0), Resource: "r", State: state})
	}); err != nil {
		t.Fatal(err)
	}
	all := strings.Split(strings.TrimSpace(positions(t, db)), "\n")
	var txid, seq int64
	last := all[len(all)-1]
	if _, err := fmt.Sscanf(last, "new r %d %d", &txid, &seq); err != nil || seq != int64(entries*tenants+2) {
		t.Errorf("the last entry is %q (%v), want number %d", last, err, entries*tenants+2)
	}
}

// Before returns the migrations of a service with numbers below a version.
func Before(t *testing.T, sql fs.FS, version string) fs.FS {
	t.Helper()
	before := fstest.MapFS{}
	if err := fs.WalkDir(sql, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() >= version {
			return err
		}
		text, err := fs.ReadFile(sql, path)
		before[path] = &fstest.MapFile{Data: text}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return before
}
