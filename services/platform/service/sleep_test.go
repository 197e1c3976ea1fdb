package service_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/wrapperspb"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/service"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }

var migrations = fstest.MapFS{"00100_rows.sql": {Data: []byte("-- +goose Up\nCREATE TABLE rows_of_a_service (tenant TEXT PRIMARY KEY);\n")}}

// TestCommitsThatNobodyFollowsCauseNoTransaction runs what every service has in the background, without a webhook
// endpoint and without a watcher.
func TestCommitsThatNobodyFollowsCauseNoTransaction(t *testing.T) {
	state, err := feed.Pack(wrapperspb.String("state"))
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			name := "sleeper-" + string(engine)
			db := serve(t, name, databasetest.Migrated(t, engine, migrations))
			databasetest.QuietCommits(t, name, func(int) {
				if err := db.Write(t.Context(), func(ctx context.Context, tx *database.Tx) error {
					return feed.Append(ctx, tx, feed.Entry{Tenant: "a", Time: time.Now(), Resource: "items/1", Type: "Item", Kind: feed.Updated, State: state})
				}); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// serve runs a service without resources until the test ends, and returns its store.
func serve(t *testing.T, name, url string) (store *database.DB) {
	t.Helper()
	made, err := service.New(t.Context(), service.Config{
		DatabaseURL: url, SealingKeyFile: databasetest.KeyFile(t, url), Auth: auth.Off{}, Logger: slog.New(slog.DiscardHandler), Clock: clock.System{},
	}, service.Definition{Name: name, Migrations: migrations, Build: func(db *database.DB, _ service.Config) (service.Parts, error) {
		store = db
		return service.Parts{Register: func(grpc.ServiceRegistrar) {}, Transfer: transferv1.UnimplementedTransferServiceServer{}}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- made.Serve(ctx, bufconn.Listen(1<<10)) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return store
}
