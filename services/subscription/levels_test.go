package subscription_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/subscription/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/subscription"
)

// TestRunningServiceFollowsAccountOfManySubscriptions gives an account another privacy level, with more subscriptions than follow it at once.
// The service changes all of them in the background, without a further call.
func TestRunningServiceFollowsAccountOfManySubscriptions(t *testing.T) {
	for _, engine := range []database.Engine{database.SQLite, database.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			url := databasetest.Migrated(t, engine, subscription.Migrations())
			f := startConfigured(t, url, func(*subscription.Config) {})
			db, account, level := databasetest.Open(t, url, subscription.Migrations()), strings.TrimPrefix(demoAccount, "accounts/"), strings.TrimPrefix(demoLevel, "privacyLevels/")
			databasetest.Execute(t, db, slices.Concat(databasetest.Numbers, []string{fmt.Sprintf(
				`INSERT INTO subscriptions (tenant, id, number, version, document, state, account, type, levels)
					SELECT 'default', 'S' || n, 'N' || n, 1, '{"version":1,"id":"S' || n || '","number":"N' || n || '","state":"EFFECTIVE","account":"%[1]s","type":"t"}',
						'EFFECTIVE', '%[1]s', 't', '/' FROM numbers WHERE n <= 2500`, account)})...)
			if _, err := f.accounts.UpdateAccount(t.Context(), &pb.UpdateAccountRequest{
				Account: &pb.Account{Name: demoAccount, PrivacyLevel: demoLevel}, UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{"privacy_level"}},
			}); err != nil {
				t.Fatal(err)
			}
			left := 2500
			for began := time.Now(); left > 0 && time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
				if err := db.Read(t.Context(), func(ctx context.Context, tx *database.Tx) error {
					return tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM subscriptions WHERE account = $1 AND levels <> COALESCE(privacy_level, '') || '/' || $2)
						+ (SELECT count(*) FROM level_changes)`, account, level).Scan(&left)
				}); err != nil {
					t.Fatal(err)
				}
			}
			if left > 0 {
				t.Errorf("after a minute %d subscriptions do not have the level of their account", left)
			}
		})
	}
}
