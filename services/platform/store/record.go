package store

import (
	"context"
	"fmt"

	"github.com/continuo-billing/continuo/services/platform/feed"
)

// Record appends a change of a resource to the change feed, with its state after the change or, if
// deleted, before it. The name and the type are those of the resource's message.
func (w Writer) Record(ctx context.Context, kind feed.Kind, resource any) error {
	entry, err := w.Entry(kind, resource)
	if err != nil {
		return err
	}
	return feed.Append(ctx, w.Reader.Tx, entry)
}

// RecordAll records changes of many resources at once, in order.
func RecordAll[T any](ctx context.Context, w Writer, kind feed.Kind, resources []T) error {
	entries, err := Entries(w, kind, resources)
	if err != nil {
		return err
	}
	return feed.AppendAll(ctx, w.Reader.Tx, entries)
}

// Entries returns the entries of changes of many resources, in order.
func Entries[T any](w Writer, kind feed.Kind, resources []T) ([]feed.Entry, error) {
	entries := make([]feed.Entry, len(resources))
	for i := range resources {
		var err error
		if entries[i], err = w.Entry(kind, resources[i]); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// Entry returns the entry of a change, for stores that append many at once.
func (w Writer) Entry(kind feed.Kind, resource any) (feed.Entry, error) {
	message, err := w.message(resource)
	if err != nil {
		return feed.Entry{}, fmt.Errorf("showing a %T in the change feed: %w", resource, err)
	}
	named, ok := message.(interface{ GetName() string })
	if !ok || named.GetName() == "" {
		return feed.Entry{}, fmt.Errorf("showing a %T in the change feed: its message %s has no name", resource, message.ProtoReflect().Descriptor().FullName())
	}
	state, err := feed.Pack(message)
	if err != nil {
		return feed.Entry{}, err
	}
	return feed.Entry{
		Tenant: w.Reader.Tenant, Time: w.At, Actor: w.By.Actor, Resource: named.GetName(),
		Type: string(message.ProtoReflect().Descriptor().Name()), Kind: kind, State: state,
	}, nil
}
