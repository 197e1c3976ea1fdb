package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Step is a migration written in Go, for changes that SQL cannot express.
type Step struct {
	// Version is the number of the migration.
	Version int64
	// Name describes the migration, like the name of a file: `native_feed_states`.
	Name string
	// Run applies the migration in one transaction. On SQLite, InsertAll and UpdateAll work here too.
	Run func(ctx context.Context, tx *Tx) error
}

// WithSteps returns a service's migrations with additional steps in Go.
func WithSteps(files fs.FS, steps ...Step) fs.FS { return stepped{files, steps} }

type stepped struct {
	fs.FS
	steps []Step
}

// goMigrations returns the Go steps of a service's migrations.
func goMigrations(service fs.FS, engine Engine) (migrations []*goose.Migration) {
	with, _ := service.(stepped)
	for _, step := range with.steps {
		migration := goose.NewGoMigration(step.Version, &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			return step.Run(ctx, &Tx{Statements: tx, Engine: engine})
		}}, nil)
		migration.Source = fmt.Sprintf("%05d_%s.go", step.Version, step.Name)
		migrations = append(migrations, migration)
	}
	return migrations
}
