package changes

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/anypb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
)

// pageBytes bounds the size of a page, so that it fits into a gRPC message (4 MiB by default).
const pageBytes = 2 << 20

// past is an entry with the state before it. previous is nil except in the history of a resource.
type past struct {
	feed.Entry
	previous *anypb.Any
}

// changeList describes the list of changes. By default it is in the feed's order, oldest first.
var changeList = listing.Spec[past]{
	Name: "changes", Key: []string{feed.FieldTransaction, feed.FieldSequence}, PageBytes: pageBytes,
	Fields: listing.Fields[past]{
		feed.FieldTransaction: {Kind: listing.Integer, Value: func(p past) any { return p.Position.Transaction }},
		feed.FieldSequence:    {Kind: listing.Integer, Value: func(p past) any { return p.Position.Sequence }},
		"resource":            {Filter: true},
		"resource_type":       {Filter: true},
		"actor":               {Filter: true},
		"kind":                {Kind: listing.Enum, Filter: true, Names: aip.EnumNames(kinds)},
		"change_time":         {Kind: listing.Instant, Filter: true, Order: true, Value: func(p past) any { return p.Time }},
	},
}

// ListChanges returns a page of the change feed. For a single resource it is the resource's
// history.
func (s *Server) ListChanges(ctx context.Context, request *changesv1.ListChangesRequest) (*changesv1.ListChangesResponse, error) {
	caller, err := auth.From(ctx)
	if err != nil {
		return nil, err
	}
	start, err := s.after(ctx, caller.Tenant, request.GetAfter())
	if err != nil {
		return nil, err
	}
	read := func(ctx context.Context, query listing.Query) ([]past, error) {
		if query.After == nil {
			query.After = start
		}
		return s.read(ctx, caller.Tenant, query, request.GetResource() != "")
	}
	message := func(p past) (*changesv1.Change, error) {
		change, err := s.message(ctx, p.Entry)
		if err == nil {
			change.PreviousState = p.previous
		}
		return change, err
	}
	found, next, err := aip.List(ctx, s.pages, changeList.Within(asked(request)), request, read, message)
	if err != nil {
		return nil, err
	}
	return &changesv1.ListChangesResponse{Changes: found, NextPageToken: next}, nil
}

// after returns the place in the list after a change token, or nil for the empty token.
func (s *Server) after(ctx context.Context, tenant auth.Tenant, token string) (listing.Cursor, error) {
	var position feed.Position
	if err := s.tokens.OpenAfter(ctx, tenant, token, &position); err != nil || token == "" {
		return nil, err
	}
	err := s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error { return checkKept(ctx, tx, position) })
	return listing.Cursor{position.Transaction, position.Sequence}, err
}

// asked returns the condition of the request's fields other than its filter.
func asked(request *changesv1.ListChangesRequest) listing.Condition {
	var conditions []listing.Condition
	if request.GetResource() != "" {
		conditions = append(conditions, listing.Is("resource", request.GetResource()))
	}
	if types := request.GetResourceTypes(); len(types) > 0 {
		conditions = append(conditions, listing.IsOneOf("resource_type", types))
	}
	return listing.All(conditions...)
}

// read returns the entries that match a query, in a history each with the state before it.
func (s *Server) read(ctx context.Context, tenant auth.Tenant, query listing.Query, history bool) (entries []past, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		found, err := feed.List(ctx, tx, tenant, query)
		if err != nil {
			return err
		}
		entries = make([]past, len(found))
		for i, entry := range found {
			entries[i].Entry = entry
			if !history {
				continue
			}
			if entries[i].previous, err = before(ctx, tx, entry); err != nil {
				return err
			}
		}
		return nil
	})
	return entries, err
}

// before returns the state of a resource before an entry. It is nil if the entry created the
// resource or the entry before it has been removed.
func before(ctx context.Context, tx *database.Tx, entry feed.Entry) (*anypb.Any, error) {
	if entry.Kind == feed.Created {
		return nil, nil
	}
	previous, ok, err := feed.Before(ctx, tx, entry.Tenant, entry.Resource, entry.Position)
	if err != nil || !ok {
		return nil, err
	}
	state, err := previous.State.Any()
	if err != nil {
		return nil, fmt.Errorf("reading a change of %s: %w", previous.Resource, err)
	}
	return state, nil
}
