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
	File string `arg:"" optional:"" default:"-" help:"File to write; it appears when the export is complete. Default: -, standard output."`
}

// Help describes what an export contains.
func (*exportResources) Help() string {
	return `The export is newline-delimited JSON with one resource per line: its @type, its id and its fields. Each resource comes
after those that it refers to, and each service is exported from one snapshot. Importing the file into an empty
installation gives an equal state. Only create_time, update_time and etag differ: they are not exported and start anew.

The export includes the billing history: profile and schedule, ended cycle runs, invoices and credit notes with their
numbers, which continue after an import. Wait for runs to end before exporting: of a run in progress, the invoices made so
far are exported, and the next run bills the rest. Drafts are not exported: finalize or discard them first, otherwise the
export is rejected. Issued documents print the same after an import.

Secrets are not exported: passwords and their hashes, tokens, sessions, webhook endpoints with their signing secrets,
idempotency keys. Nor is the change feed; an import adds its own entries.`
}

// Run exports the resources.
func (e *exportResources) Run(ctx context.Context) (err error) {
	targets, hangUp, err := e.targets(ctx)
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

// write writes to standard output, or to a file that is renamed to its final name when complete.
func (e *exportResources) write(do func(io.Writer) error) error {
	if e.File == "-" {
		return buffered(os.Stdout, do)
	}
	part := e.File + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("creating the export file: %w", err)
	}
	if err := errors.Join(buffered(file, do), file.Sync(), file.Close()); err != nil {
		return errors.Join(err, os.Remove(part))
	}
	if err := os.Rename(part, e.File); err != nil {
		return fmt.Errorf("renaming the export file: %w", err)
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
