package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Step is a migration that is written in Go, since SQL cannot say what it does.
type Step struct {
	// Version is its number among the service's migrations.
	Version int64
	// Name says what it does, like the name of a file: `native_feed_states`.
	Name string
	// Run does it in one transaction, in which InsertAll serves SQLite only.
	Run func(ctx context.Context, tx *Tx) error
}

// WithSteps is a service's migrations with steps beside the files.
func WithSteps(files fs.FS, steps ...Step) fs.FS { return stepped{files, steps} }

type stepped struct {
	fs.FS
	steps []Step
}

// goMigrations are the steps of a service's migrations, if it has any.
func goMigrations(service fs.FS, engine Engine) (migrations []*goose.Migration) {
	with, _ := service.(stepped)
	for _, step := range with.steps {
		migration := goose.NewGoMigration(step.Version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			return step.Run(ctx, &Tx{Tx: tx, Engine: engine})
		}}, nil)
		migration.Source = fmt.Sprintf("%05d_%s.go", step.Version, step.Name)
		migrations = append(migrations, migration)
	}
	return migrations
}
