package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
)

// Pauses before a stream that broke is opened again.
const (
	firstPause = 100 * time.Millisecond
	lastPause  = 10 * time.Second
)

// Watch returns the changes that a service commits, for as long as ctx lasts. If the connection or
// the service goes away it resumes after the last change, so that none is lost or comes twice. Keep
// Change.Token where you keep what you made of the change, and begin with it the next time:
// WatchChangesRequest.After.
//
// The loop ends with an error that resuming does not mend: ctx has ended, the credential is not
// valid, or the token is older than what is kept (CHANGE_TOKEN_TOO_OLD).
func Watch(ctx context.Context, changes changesv1.ChangeServiceClient, request *changesv1.WatchChangesRequest) iter.Seq2[*changesv1.Change, error] {
	return func(yield func(*changesv1.Change, error) bool) {
		asked, pause := proto.CloneOf(request), firstPause
		for {
			progress, err := follow(ctx, changes, asked, yield)
			if err == nil {
				return
			}
			if !passing(ctx, err) {
				yield(nil, err)
				return
			}
			if progress {
				pause = firstPause
			}
			select {
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			case <-time.After(pause):
			}
			pause = min(2*pause, lastPause)
		}
	}
}

// passing reports whether a stream that ended with an error can be resumed.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() == nil && (errors.Is(err, io.EOF) || status.Code(err) == codes.Unavailable)
}

// follow passes the changes of one stream on, and moves the request forward with each. It returns nil
// when the caller has seen enough, and reports whether anything was received.
func follow(ctx context.Context, changes changesv1.ChangeServiceClient, asked *changesv1.WatchChangesRequest, yield func(*changesv1.Change, error) bool) (progress bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := changes.WatchChanges(ctx, asked)
	if err != nil {
		return false, err
	}
	for {
		received, err := stream.Recv()
		if err != nil {
			return progress, err
		}
		progress = true
		asked.After, asked.FromNow = received.GetToken(), false
		if change := received.GetChange(); change != nil && !yield(change, nil) {
			return progress, nil
		}
	}
}
