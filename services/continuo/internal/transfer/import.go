package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/types/known/anypb"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
	"github.com/continuo-billing/continuo/gen/reason"
)

// saveEvery is the interval at which a running import writes its checkpoint.
const saveEvery = time.Second

// Import holds the settings of an import.
type Import struct {
	// From is the file. To resume, it must be an io.Seeker.
	From io.Reader
	// Size is the length of the file in bytes, or 0 if unknown.
	Size int64
	// Targets are the services to import into. Rows of other services are rejected.
	Targets []Target
	// Rejects is the path of the file for rejected lines.
	Rejects string
	// Checkpoint is the path of the checkpoint, or empty for none.
	Checkpoint string
	// Resume tells whether to start at the checkpoint instead of the beginning.
	Resume bool
	// Patience is how long a service may be unreachable before the import fails.
	Patience time.Duration
	// Retrying is called when the stream to a service broke and is about to be opened again.
	Retrying func(service string, err error)
}

// Progress describes how far an import has come.
type Progress struct {
	// Line is the number of lines, counted from the first without a gap, that are durable or
	// rejected. Offset is their length in bytes.
	Line, Offset int64
	// Created, Unchanged and Rejected count the outcomes. After a resume, Rejected includes the
	// earlier parts of the import.
	Created, Unchanged, Rejected int64
}

// Importer runs an import.
type Importer struct {
	Import
	lanes   map[string]*lane
	filling map[string]*batch

	mu sync.Mutex
	// open are the batches without a response, in the order in which they were started.
	open     []*batch
	progress Progress
	rejects  *rejects
	// saved is the time at which the checkpoint was last written.
	saved time.Time
	// read is the position after the last line read.
	read position
}

// Start opens the files of an import. Call Run after it.
func Start(config Import) (*Importer, error) {
	im := &Importer{Import: config, lanes: map[string]*lane{}, filling: map[string]*batch{}}
	if config.Resume {
		saved, err := loadCheckpoint(config.Checkpoint, config.Size)
		if err != nil {
			return nil, err
		}
		file, ok := config.From.(io.Seeker)
		if !ok {
			return nil, errors.New("cannot resume: the input cannot seek")
		}
		if _, err := file.Seek(saved.Offset, io.SeekStart); err != nil {
			return nil, fmt.Errorf("resuming at line %d: %w", saved.Line+1, err)
		}
		im.read = saved.position
	}
	var err error
	if im.rejects, err = openRejects(config.Rejects, im.read.Line); err != nil {
		return nil, err
	}
	im.advance()
	for _, target := range config.Targets {
		im.lanes[target.Service] = &lane{target: target, patience: config.Patience, settle: im.settle, retrying: config.Retrying,
			queue: make(chan *batch)}
	}
	return im, nil
}

// Progress returns how far the import has come. It is safe for concurrent use.
func (im *Importer) Progress() Progress {
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.progress
}

// Run imports the file. It returns an error if the file cannot be read or a service cannot be
// reached; the import can then be resumed from the checkpoint. Rejected rows are not an error.
func (im *Importer) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, l := range im.lanes {
		group.Go(func() error { return l.run(ctx) })
	}
	group.Go(func() error {
		defer im.closeLanes()
		return im.readAll(ctx)
	})
	err := group.Wait()
	im.mu.Lock()
	defer im.mu.Unlock()
	if err != nil {
		return errors.Join(err, im.rejects.flush(), im.save(), im.rejects.close())
	}
	return errors.Join(im.rejects.close(), im.removeCheckpoint())
}

func (im *Importer) closeLanes() {
	for _, l := range im.lanes {
		close(l.queue)
	}
}

func (im *Importer) readAll(ctx context.Context) error {
	lines := newLineReader(im.From, im.read)
	for ctx.Err() == nil {
		before := lines.at
		line, err := lines.next()
		if errors.Is(err, io.EOF) {
			return im.sendRest(ctx)
		}
		if err := im.take(ctx, line, err, before, lines.at); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// take handles the line between two positions, or the error from reading it.
func (im *Importer) take(ctx context.Context, line []byte, err error, before, after position) error {
	if errors.Is(err, errLineTooLong) {
		return im.reject(Reject{Line: after.Line, Reason: reason.TooLong, Message: err.Error()}, after)
	}
	if err != nil {
		return err
	}
	if len(line) == 0 {
		im.passed(after)
		return nil
	}
	resource, service, reject := parse(line)
	if reject == nil && im.lanes[service] == nil {
		reject = &Reject{Reason: reason.OtherService, Message: "the resource belongs to " + service + ", which this import does not include"}
	}
	if reject != nil {
		reject.Line = after.Line
		return im.reject(*reject, after)
	}
	return im.add(ctx, service, resource, before, after)
}

// add adds a row to the batch of its service, and sends the batch when it is full.
func (im *Importer) add(ctx context.Context, service string, resource *anypb.Any, before, after position) error {
	b := im.filling[service]
	if b == nil {
		b = &batch{start: before}
		im.filling[service] = b
		im.mu.Lock()
		im.open = append(im.open, b)
		im.mu.Unlock()
	}
	b.request.Rows = append(b.request.Rows, &transferv1.Row{Line: after.Line, Resource: resource})
	b.bytes += len(resource.GetValue())
	im.passed(after)
	if len(b.request.GetRows()) < batchRows && b.bytes < batchBytes {
		return nil
	}
	return im.send(ctx, service)
}

func (im *Importer) send(ctx context.Context, service string) error {
	b := im.filling[service]
	delete(im.filling, service)
	select {
	case im.lanes[service].queue <- b:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (im *Importer) sendRest(ctx context.Context) error {
	for service := range im.filling {
		if err := im.send(ctx, service); err != nil {
			return err
		}
	}
	return nil
}

// passed records that the file was read up to a position.
func (im *Importer) passed(to position) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.read = to
	im.advance()
}

// advance updates the progress. The caller must hold mu or be the only user.
func (im *Importer) advance() {
	done := im.read
	if len(im.open) > 0 {
		done = im.open[0].start
	}
	im.progress.Line, im.progress.Offset, im.progress.Rejected = done.Line, done.Offset, im.rejects.count
}

func (im *Importer) reject(reject Reject, after position) error {
	im.mu.Lock()
	defer im.mu.Unlock()
	if err := im.rejects.add(reject); err != nil {
		return err
	}
	im.read = after
	im.advance()
	return nil
}

// settle records the outcome of a batch.
func (im *Importer) settle(b *batch, response *transferv1.ImportResourcesResponse) error {
	im.mu.Lock()
	defer im.mu.Unlock()
	for _, rejection := range response.GetRejections() {
		if err := im.rejects.add(Reject{Line: rejection.GetLine(), Reason: reason.Reason(rejection.GetReason()), Message: rejection.GetMessage()}); err != nil {
			return err
		}
	}
	im.progress.Created += response.GetCreated()
	im.progress.Unchanged += response.GetUnchanged()
	im.open = slices.DeleteFunc(im.open, func(other *batch) bool { return other == b })
	im.advance()
	if time.Since(im.saved) < saveEvery {
		return nil
	}
	return errors.Join(im.rejects.flush(), im.save())
}

// save writes the checkpoint. The rejects before it must have been flushed.
func (im *Importer) save() error {
	im.saved = time.Now()
	if im.Checkpoint == "" {
		return nil
	}
	return checkpoint{position{im.progress.Line, im.progress.Offset}, im.Size}.save(im.Checkpoint)
}

func (im *Importer) removeCheckpoint() error {
	if im.Checkpoint == "" {
		return nil
	}
	if err := os.Remove(im.Checkpoint); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing the checkpoint of a complete import: %w", err)
	}
	return nil
}
