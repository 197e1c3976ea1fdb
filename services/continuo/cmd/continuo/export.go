package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
)

type exportResources struct {
	services
	File string `arg:"" optional:"" default:"-" help:"File to write, all of it or nothing; - (the default) writes standard output."`
}

// Help tells what an export holds.
func (*exportResources) Help() string {
	return `The export is newline-delimited JSON, one resource a line, each after those that it names, with its @type and its own id;
each service's part is the state of one moment. continuo import takes it into an empty installation to an equal state:
every field of the native API is the same but create_time, update_time and etag, which begin anew and are left out.

The books move too: the billing profile and schedule, cycle runs that have ended, invoices and credit notes under their
numbers, which go on where they were. Let runs end first: of one that goes on, the invoices made so far are exported, and
the next run bills the rest. Drafts have no place among them: an export is refused until they are finalized or discarded.
Issued documents print the same where they are imported.

Secrets are not exported: passwords and their hashes, tokens, sessions, webhook endpoints with their signing secrets,
idempotency keys. The change feed is not exported either; an import writes entries of its own.`
}

// Run exports.
func (e *exportResources) Run(ctx context.Context) (err error) {
	targets, hangUp, err := e.targets()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hangUp()) }()
	var lines atomic.Int64
	display := newDisplay(os.Stderr, 0)
	stop := display.follow(func() transfer.Progress { return transfer.Progress{Line: lines.Load()} })
	err = e.write(func(to io.Writer) error {
		return transfer.Export(ctx, targets, to, func(more int) { lines.Add(int64(more)) })
	})
	stop()
	if err != nil {
		return withoutCancel(err)
	}
	display.say("%d resources exported", lines.Load())
	return nil
}

// write writes standard output, or a file that takes its name once it is whole.
func (e *exportResources) write(do func(io.Writer) error) error {
	if e.File == "-" {
		return buffered(os.Stdout, do)
	}
	part := e.File + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("making the export's file: %w", err)
	}
	if err := errors.Join(buffered(file, do), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, e.File); err != nil {
		return fmt.Errorf("naming the export's file: %w", err)
	}
	return nil
}

func buffered(to io.Writer, do func(io.Writer) error) error {
	writer := bufio.NewWriterSize(to, 1<<16)
	if err := do(writer); err != nil {
		return err
	}
	if err := writer.Flush(); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}
