package transfer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	transferv1 "github.com/continuo-billing/continuo/gen/go/continuo/transfer/v1"
)

const (
	// The size of a batch: this many rows or about this many bytes.
	batchRows  = 2500
	batchBytes = 1 << 20
	// batchesInFlight is the maximum number of batches of a service without a response.
	batchesInFlight = 4

	firstBackoff = 100 * time.Millisecond
	mostBackoff  = 5 * time.Second
)

// batch holds rows of one service.
type batch struct {
	request transferv1.ImportResourcesRequest
	bytes   int
	// start is the position in the file before the first row.
	start position
}

// lane sends batches to one service, in order, on one stream at a time. After a stream breaks, the
// batches without a response are sent again on the next one.
type lane struct {
	target Target
	// patience is how long the service may be unreachable before the import fails.
	patience time.Duration
	// settle records the outcome of a batch.
	settle func(*batch, *transferv1.ImportResourcesResponse) error
	// retrying is called when a stream broke and another is about to be opened.
	retrying func(service string, err error)

	queue chan *batch
	// closed tells that the queue was closed. unanswered are the batches without a response, oldest
	// first.
	closed     bool
	unanswered []*batch
	// answered is the time of the last response.
	answered time.Time
}

// run sends the batches of the queue until it is closed and all have a response.
func (l *lane) run(ctx context.Context) error {
	backoff := firstBackoff
	for {
		if len(l.unanswered) == 0 && !l.wait(ctx) {
			return ctx.Err()
		}
		before := l.answered
		err := l.stream(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if l.answered != before {
			backoff = firstBackoff
		}
		if !temporary(err) || time.Since(l.answered) > l.patience {
			return fmt.Errorf("importing into %s: %w", l.target.Service, err)
		}
		l.retrying(l.target.Service, err)
		select {
		case <-time.After(backoff):
		case <-ctx.Done():
			return ctx.Err()
		}
		backoff = min(2*backoff, mostBackoff)
	}
}

// wait waits for the first batch, so that a service without rows in the file is not called. It
// reports false if the queue is closed or ctx ends.
func (l *lane) wait(ctx context.Context) bool {
	select {
	case b, ok := <-l.queue:
		if !ok {
			return false
		}
		l.unanswered, l.answered = append(l.unanswered, b), time.Now()
		return true
	case <-ctx.Done():
		return false
	}
}

// temporary reports whether a stream's error may not occur again on the next stream.
func temporary(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.DeadlineExceeded:
		return true
	}
	return false
}

// stream sends batches on one stream.
func (l *lane) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(l.target.authorized(ctx))
	defer cancel()
	stream, err := l.target.client().ImportResources(ctx)
	if err != nil {
		return err
	}
	answers := make(chan answer, batchesInFlight+1)
	go receive(ctx, stream, answers)
	for _, b := range l.unanswered {
		if err := send(ctx, stream, answers, b); err != nil {
			return err
		}
	}
	for {
		queue := l.queue
		switch {
		case l.closed && len(l.unanswered) == 0:
			return stream.CloseSend()
		case l.closed || len(l.unanswered) == batchesInFlight:
			queue = nil
		}
		select {
		case b, ok := <-queue:
			if !ok {
				l.closed = true
				continue
			}
			if len(l.unanswered) == 0 {
				l.answered = time.Now() // the service was idle until now
			}
			l.unanswered = append(l.unanswered, b)
			if err := send(ctx, stream, answers, b); err != nil {
				return err
			}
		case a := <-answers:
			if err := l.take(a); err != nil {
				return err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// answer is a response of the service, or the error that ended the stream.
type answer struct {
	response *transferv1.ImportResourcesResponse
	err      error
}

// receive sends the responses of a stream and its final error to a channel until ctx ends.
func receive(ctx context.Context, stream grpc.BidiStreamingClient[transferv1.ImportResourcesRequest, transferv1.ImportResourcesResponse], to chan<- answer) {
	for {
		response, err := stream.Recv()
		select {
		case to <- answer{response, err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

// send sends a batch. If the stream is broken, it returns the error from the receiving side.
func send(ctx context.Context, stream grpc.BidiStreamingClient[transferv1.ImportResourcesRequest, transferv1.ImportResourcesResponse], answers <-chan answer, b *batch) error {
	err := stream.Send(&b.request)
	if !errors.Is(err, io.EOF) {
		return err
	}
	for {
		select {
		case a := <-answers:
			// Responses before the error are dropped: their batches are sent again and are then
			// unchanged.
			if a.err != nil {
				return a.err
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (l *lane) take(a answer) error {
	if errors.Is(a.err, io.EOF) {
		return status.Error(codes.Unavailable, "the service ended the stream")
	}
	if a.err != nil {
		return a.err
	}
	if len(l.unanswered) == 0 {
		return errors.New("the service sent a response without a batch")
	}
	oldest := l.unanswered[0]
	rows := oldest.request.GetRows()
	if last := rows[len(rows)-1].GetLine(); a.response.GetLastLine() != last {
		return fmt.Errorf("the service answered for line %d, want line %d", a.response.GetLastLine(), last)
	}
	l.unanswered, l.answered = l.unanswered[1:], time.Now()
	return l.settle(oldest, a.response)
}
