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
	File     string        `arg:"" help:"File of newline-delimited JSON, as export writes it; - reads standard input."`
	Rejects  string        `placeholder:"FILE" help:"File that takes the rejected lines: number, reason and message, as JSON, a line each. It is replaced. Default: FILE.rejects (import.rejects for standard input)."`
	Resume   bool          `help:"Go on where an import of the same file was cut off, which FILE.progress tells."`
	Patience time.Duration `default:"1m" help:"How long a service may be away before the import gives up."`
}

// Help tells what an import does.
func (*importResources) Help() string {
	return `Each line is a resource of a native API in JSON with its name, so that it keeps its id, and its @type, which tells the
service, for example {"@type":"type.googleapis.com/continuo.recurringbilling.v1.BillTo","name":"billTos/7","customerId":7,"displayName":"Weaver and Sons"}.
A resource stands after those that it names. Importing creates what is not there and leaves alone what is there, the same;
so a file can be imported again. What is there but differs is rejected, as is what breaks the rules of the API; the other
lines are taken. Secrets are not part of the API's resources: set passwords anew.

The exit code is 1 where lines were rejected or the import could not be finished. Rejected lines do not stop an import.`
}

// Run imports the file.
func (i *importResources) Run(ctx context.Context) (err error) {
	source, err := i.open()
	if err != nil {
		return err
	}
	defer func() { _ = source.From.(*os.File).Close() }() // it was only read
	targets, hangUp, err := i.targets()
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
		return fmt.Errorf("cut off after line %d: %w\nResume with: continuo import --resume %s", progress.Line, withoutCancel(err), i.File)
	case err != nil:
		return fmt.Errorf("cut off after line %d: %w", progress.Line, withoutCancel(err))
	case progress.Rejected > 0:
		return fmt.Errorf("%d lines were rejected; see %s", progress.Rejected, source.Rejects)
	}
	return nil
}

// withoutCancel is err, or one that says the same as a cancelled context and lets the program fail.
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
