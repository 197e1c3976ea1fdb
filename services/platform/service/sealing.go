package service

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/sealing"
)

// prepareSealing gives the store the keys of the configured file and checks them. Without a file, an
// embedded store makes its own, and another store has none, which matters once it has to keep a secret.
func prepareSealing(db *database.DB, config Config) error {
	if config.SealingKeyFile != "" {
		db.SealWith(sealing.File(config.SealingKeyFile))
	}
	if db.Secrets() == nil {
		return nil
	}
	return db.Secrets().Reload()
}

// checkSealed returns an error if an embedded store holds sealed secrets and its key file is gone, since
// a new key would open none of them.
func checkSealed(ctx context.Context, db *database.DB, tables []database.Sealed) error {
	if db.Engine() != database.SQLite || !db.Secrets().Absent() {
		return nil
	}
	for _, table := range tables {
		found, err := db.HasSealed(ctx, table)
		if err != nil {
			return err
		}
		if found {
			return fmt.Errorf("the store holds sealed secrets (%s), but the sealing key file %s is gone: put its copy back; "+
				"if there is none, run `continuo sealing-key new`, and replace these secrets, which nobody can read any more", table.Table, db.Secrets().Path())
		}
	}
	return nil
}
