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
	// A batch goes out when it has this many rows or about this many bytes.
	batchRows  = 2500
	batchBytes = 1 << 20
	// batchesInFlight is how many batches may be on their way to a service, not answered yet.
	batchesInFlight = 4

	firstBackoff = 100 * time.Millisecond
	mostBackoff  = 5 * time.Second
)

// batch is rows of one service.
type batch struct {
	request transferv1.ImportResourcesRequest
	bytes   int
	// start is the place in the file before the first row.
	start position
}

// lane is the way of batches to one service: one stream at a time, in order. What was not answered when a stream broke is
// sent again on the next.
type lane struct {
	target Target
	// patience is how long a service may be away before the import gives up.
	patience time.Duration
	// settle takes what became of a batch.
	settle func(*batch, *transferv1.ImportResourcesResponse) error
	// retrying tells that a stream broke and another is tried.
	retrying func(service string, err error)

	queue chan *batch
	// closed reports that the queue ended; unanswered are the batches on their way, oldest first.
	closed     bool
	unanswered []*batch
	// answered is when the service last answered.
	answered time.Time
}

// run brings the queue's batches to the service until the queue is closed and all are answered.
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
		if !passes(err) || time.Since(l.answered) > l.patience {
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

// wait waits for the first batch, so that a service that the file has nothing for is not called. It is false where the
// queue ends, or ctx.
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

// passes reports whether an error of a stream may be gone on the next.
func passes(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Aborted, codes.DeadlineExceeded:
		return true
	}
	return false
}

// stream brings batches to the service on one stream.
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
				l.answered = time.Now() // nothing was asked of the service until now
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

// answer is what a service says of a batch, or how its stream ended.
type answer struct {
	response *transferv1.ImportResourcesResponse
	err      error
}

// receive hands on the answers of a stream, up to and with its end, until nobody waits for them.
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

// send sends a batch. A stream that is broken tells why on its other side.
func send(ctx context.Context, stream grpc.BidiStreamingClient[transferv1.ImportResourcesRequest, transferv1.ImportResourcesResponse], answers <-chan answer, b *batch) error {
	err := stream.Send(&b.request)
	if !errors.Is(err, io.EOF) {
		return err
	}
	for {
		select {
		case a := <-answers:
			// Answers that came before the end are lost: their batches are sent again and found unchanged.
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
		return errors.New("the service answered more batches than it was sent")
	}
	oldest := l.unanswered[0]
	rows := oldest.request.GetRows()
	if last := rows[len(rows)-1].GetLine(); a.response.GetLastLine() != last {
		return fmt.Errorf("the service answered for line %d where %d was due", a.response.GetLastLine(), last)
	}
	l.unanswered, l.answered = l.unanswered[1:], time.Now()
	return l.settle(oldest, a.response)
}
