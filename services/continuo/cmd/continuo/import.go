package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/continuo-billing/continuo/services/continuo/internal/transfer"
)

type importResources struct {
	services
	File     string        `arg:"" help:"File of newline-delimited JSON, as written by export; - reads standard input."`
	Rejects  string        `placeholder:"FILE" help:"File for rejected lines: one JSON object per line, with line number, reason and message. It is overwritten. Default: FILE.rejects (import.rejects for standard input)."`
	Resume   bool          `help:"Continue an interrupted import of the same file, from the position in FILE.progress."`
	Patience time.Duration `default:"1m" help:"How long a service may be unreachable before the import fails."`
}

// Help describes what an import does.
func (*importResources) Help() string {
	return `Each line is a resource of a native API in JSON, with its name, which gives its id, and its @type, which gives the
service. For example: {"@type":"type.googleapis.com/continuo.recurringbilling.v1.BillTo","name":"billTos/7","customerId":7,"displayName":"Weaver and Sons"}.
A resource must come after those that it refers to. A new resource is created; one that exists with the same fields is left
unchanged, so a file can be imported again. A resource that exists with other fields, or is invalid, is rejected; the other
lines are imported. Secrets are not part of the resources: set new passwords after an import.

The exit code is 1 if lines were rejected or the import was interrupted. Rejected lines do not stop an import.`
}

// Run imports the file.
func (i *importResources) Run(ctx context.Context) (err error) {
	source, err := i.open()
	if err != nil {
		return err
	}
	defer func() { _ = source.From.(*os.File).Close() }() // it was only read
	targets, hangUp, err := i.targets(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hangUp()) }()
	display := newDisplay(os.Stderr, source.Size)
	source.Targets, source.Patience = targets, i.Patience
	source.Retrying = func(service string, err error) { display.say("%s: %v; trying again", service, err) }
	importer, err := transfer.Start(source)
	if err != nil {
		return err
	}
	stop := display.follow(importer.Progress)
	err = importer.Run(ctx)
	stop()
	progress := importer.Progress()
	display.say("%d lines: %d created, %d unchanged, %d rejected", progress.Line, progress.Created, progress.Unchanged, progress.Rejected)
	switch {
	case err != nil && source.Checkpoint != "":
		return fmt.Errorf("stopped after line %d: %w\nResume with: continuo import --resume %s", progress.Line, withoutCancel(err), i.File)
	case err != nil:
		return fmt.Errorf("stopped after line %d: %w", progress.Line, withoutCancel(err))
	case progress.Rejected > 0:
		return fmt.Errorf("%d lines were rejected; see %s", progress.Rejected, source.Rejects)
	}
	return nil
}

// withoutCancel replaces a cancellation, which process.Main would take for a normal end, by another
// error.
func withoutCancel(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted")
	}
	return err
}

func (i *importResources) open() (transfer.Import, error) {
	if i.File == "-" {
		if i.Resume {
			return transfer.Import{}, errors.New("standard input cannot be resumed: import a file")
		}
		return transfer.Import{From: os.Stdin, Rejects: orElse(i.Rejects, "import.rejects")}, nil
	}
	file, err := os.Open(i.File)
	if err != nil {
		return transfer.Import{}, fmt.Errorf("opening the file to import: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return transfer.Import{}, errors.Join(fmt.Errorf("opening the file to import: %w", err), file.Close())
	}
	return transfer.Import{
		From: file, Size: info.Size(), Rejects: orElse(i.Rejects, i.File+".rejects"), Checkpoint: i.File + ".progress", Resume: i.Resume,
	}, nil
}

func orElse(given, otherwise string) string {
	if given == "" {
		return otherwise
	}
	return given
}
