package service

import (
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
