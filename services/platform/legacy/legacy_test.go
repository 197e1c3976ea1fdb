package legacy_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/legacy"
	"github.com/continuo-billing/continuo/services/platform/legacy/legacytest"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var (
	migrations = fstest.MapFS{"00100_rows.sql": {Data: []byte("-- +goose Up\nCREATE TABLE rows_of_a_service (tenant TEXT PRIMARY KEY);\n")}}
	states     = legacy.States{"Text": legacy.Of(func(text string) (proto.Message, error) { return wrapperspb.String(text), nil })}
	upgraded   = legacy.Migrations(migrations, 101, states)
)

func entries() (all []legacytest.Entry) {
	for i := range 30 {
		text := fmt.Sprint("text ", i)
		change := fmt.Sprintf(`{"changeTime": "1970-01-01T00:00:01Z", "actor": "ann", "resource": "texts/%d", "resourceType": "Text", "kind": "KIND_UPDATED",
			"state": {"@type": "type.googleapis.com/google.protobuf.StringValue", "value": %q}}`, i, text)
		all = append(all, legacytest.Entry{Actor: "ann", At: 1e6, Resource: fmt.Sprint("texts/", i), Type: "Text", Kind: "UPDATED",
			State: fmt.Sprintf("%q", text), Change: json.RawMessage(change)})
	}
	return all
}

func TestUpgradeOfJSONStates(t *testing.T) { legacytest.Run(t, migrations, upgraded, entries()) }

func TestUpgradeFailsWithoutChangesOnInvalidState(t *testing.T) {
	for what, spoil := range map[string]func(*legacytest.Entry){
		"texts/29: reading the JSON":              func(e *legacytest.Entry) { e.State = `7` },
		`texts/29: unknown resource type "Other"`: func(e *legacytest.Entry) { e.Type = "Other" },
	} {
		for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
			all := entries()
			spoil(&all[29])
			url := databasetest.URL(t, engine)
			older := legacytest.Fill(t, url, migrations, all)
			legacytest.Forget(t, older)
			db, err := database.Open(t.Context(), url, upgraded)
			if err != nil {
				t.Fatal(err)
			}
			if err := db.Migrate(t.Context()); err == nil || !strings.Contains(err.Error(), what) {
				t.Errorf("%s: got %v, want %s", engine, err, what)
			}
			if db.Ready(t.Context()) == nil {
				t.Errorf("%s: the store must not be ready", engine)
			}
			var kept int
			if err := older.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
				return tx.QueryRowContext(ctx, `SELECT count(*) FROM change_feed WHERE state LIKE '"text %'`).Scan(&kept)
			}); err != nil || kept < 29 {
				t.Errorf("%s: got %d unchanged entries, %v", engine, kept, err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestUpgradeSkipsNewStores(t *testing.T) {
	databasetest.Each(t, upgraded, func(t *testing.T, db *database.DB) {
		list, err := db.Migrations(t.Context())
		if last := list[len(list)-1]; err != nil || !last.Applied || last.Version != 101 || last.Name != "00101_native_feed_states.go" {
			t.Errorf("got migrations %v, %v", list, err)
		}
		if err := db.Ready(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
