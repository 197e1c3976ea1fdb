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

// saveEvery is how often the checkpoint is written while an import goes on.
const saveEvery = time.Second

// Import is what to import, and where to.
type Import struct {
	// From is the file. Resume needs one that can seek.
	From io.Reader
	// Size is the file's length in bytes, 0 where it is not known.
	Size int64
	// Targets are the services; rows of others are rejected.
	Targets []Target
	// Rejects is the path of the file that takes the rejected lines.
	Rejects string
	// Checkpoint is the path of the file that tells where to resume; "" keeps none.
	Checkpoint string
	// Resume goes on where the checkpoint says.
	Resume bool
	// Patience is how long a service may be away before the import gives up.
	Patience time.Duration
	// Retrying is told when the way to a service broke and is tried again.
	Retrying func(service string, err error)
}

// Progress is how far an import has come.
type Progress struct {
	// Line is the number of lines that are durable or rejected, from the first of the file on without a gap, Offset their
	// length in bytes.
	Line, Offset int64
	// Created, Unchanged and Rejected are what became of rows; of an import that was resumed Rejected counts those of its
	// earlier parts too.
	Created, Unchanged, Rejected int64
}

// Importer is an import under way.
type Importer struct {
	Import
	lanes   map[string]*lane
	filling map[string]*batch

	mu sync.Mutex
	// open are the batches that are not answered yet, in the order of their starts.
	open     []*batch
	progress Progress
	rejects  *rejects
	// saved is when the checkpoint was last written.
	saved time.Time
	// read is behind the line that was read last.
	read position
}

// Start prepares an import. Run must follow.
func Start(config Import) (*Importer, error) {
	im := &Importer{Import: config, lanes: map[string]*lane{}, filling: map[string]*batch{}}
	if config.Resume {
		saved, err := loadCheckpoint(config.Checkpoint, config.Size)
		if err != nil {
			return nil, err
		}
		file, ok := config.From.(io.Seeker)
		if !ok {
			return nil, errors.New("what cannot be read again from the middle cannot be resumed")
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

// Progress is how far the import has come.
func (im *Importer) Progress() Progress {
	im.mu.Lock()
	defer im.mu.Unlock()
	return im.progress
}

// Run imports the file. An error says why it could not be read to its end or brought to its services; the checkpoint then
// tells where to resume. Rejected rows are no error.
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

// take takes a line that lies between two places, or the error that is in its place.
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
		reject = &Reject{Reason: reason.OtherService, Message: "it belongs to the service " + service + ", which is not imported into"}
	}
	if reject != nil {
		reject.Line = after.Line
		return im.reject(*reject, after)
	}
	return im.add(ctx, service, resource, before, after)
}

// add adds a row to the batch of its service, and sends that when it is full.
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

// passed notes that the file was read up to a place.
func (im *Importer) passed(to position) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.read = to
	im.advance()
}

// advance works out how far the import has come; the caller holds mu, or is the only one.
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

// settle takes what became of a batch.
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

// save writes the checkpoint; the rejects before it were flushed.
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
		return fmt.Errorf("removing the checkpoint of an import that is complete: %w", err)
	}
	return nil
}
