package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
)

var transactionChecks = []check{
	{"a failed write leaves nothing", allOrNothing},
	{"a writer sees what it wrote", seesOwnWrites},
	{"tenants do not see each other", tenants},
	{"each write is one entry in the feed", feeds},
	{"outcomes of requests are kept by tenant and key", recalls},
}

func allOrNothing(t tenant) {
	refused := errors.New("refused")
	err := t.Write(t.Context(), t.by, at, func(ctx context.Context, w Writer) error {
		line := aLine()
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &line), refused)
	})
	if !errors.Is(err, refused) {
		t.Fatalf("got %v, want the error of the closure", err)
	}
	t.read(func(ctx context.Context, r Reader) error {
		items, itemErr := r.Items(ctx, listing.Numbered("number", int64(0), 1))
		lines, lineErr := r.Lines(ctx, listing.Numbered("name", int64(0), 1))
		if len(items)+len(lines) != 0 {
			t.Errorf("left behind: %v, %v", items, lines)
		}
		return errors.Join(itemErr, lineErr)
	})
	if entries := t.feed(); len(entries) != 0 {
		t.Errorf("left behind in the feed: %v", entries)
	}
}

func seesOwnWrites(t tenant) {
	t.write(func(ctx context.Context, w Writer) error {
		line := aLine()
		if err := errors.Join(stock(ctx, w), w.CreateLine(ctx, &line)); err != nil {
			return err
		}
		line.Memo = "changed"
		if err := w.UpdateLine(ctx, &line); err != nil {
			return err
		}
		return same(t, line)(w.Line(ctx, line.ID))
	})
}

func tenants(t tenant) {
	other := t.other()
	mine, theirs := aLine(), aLine()
	theirs.Memo = "theirs"
	create := func(l *line.Line) func(context.Context, Writer) error {
		return func(ctx context.Context, w Writer) error {
			l.ID = 0
			return errors.Join(stock(ctx, w), w.CreateLine(ctx, l))
		}
	}
	t.write(create(&mine))
	other.write(create(&theirs))
	if mine.ID != theirs.ID {
		t.Errorf("each tenant counts its own lines: %d and %d", mine.ID, theirs.ID)
	}
	mine.Memo = "mine"
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateLine(ctx, &mine) })
	other.read(func(ctx context.Context, r Reader) error {
		lines, err := r.Lines(ctx, listing.Numbered("name", int64(0), 10))
		wantIDs(t, lines, func(l line.Line) int32 { return int32(l.ID) }, int32(theirs.ID))
		return errors.Join(err, same(t, theirs)(r.Line(ctx, theirs.ID)))
	})
	for _, entry := range other.feed() {
		if entry.Tenant != other.by.Tenant {
			t.Errorf("an entry of tenant %s in the feed of %s", entry.Tenant, other.by.Tenant)
		}
	}
}

func feeds(t tenant) {
	l := aLine()
	t.write(func(ctx context.Context, w Writer) error {
		return errors.Join(stock(ctx, w), w.CreateLine(ctx, &l))
	})
	t.write(func(ctx context.Context, w Writer) error { return w.UpdateLine(ctx, &l) })
	entries := t.feed()
	var published []string
	for _, e := range entries {
		published = append(published, fmt.Sprintf("%s %s %s", e.Kind, e.Type, e.Resource))
		if !e.Time.Equal(kept) || e.Actor != t.by.Actor || e.Tenant != t.by.Tenant {
			t.Errorf("entry %+v does not tell who and when", e)
		}
	}
	if diff := cmp.Diff([]string{
		"CREATED Item items/RMR-MON", "CREATED BillTo billTos/1", "CREATED MasterAccount masterAccounts/MASTER-1",
		"CREATED RecurringLine recurringLines/1", "UPDATED RecurringLine recurringLines/1",
	}, published); diff != "" {
		t.Fatalf("feed (-want +got):\n%s", diff)
	}
	state, err := entries[4].State.Message()
	if err != nil {
		t.Fatalf("reading the state: %v", err)
	}
	want, err := t.Message(l)
	if err != nil || !proto.Equal(state, want) {
		t.Errorf("the state is %v, want %v (%v)", state, want, err)
	}
}

func recalls(t tenant) {
	record := mutation.Record{Hash: [32]byte{1, 2, 3}, Outcome: json.RawMessage(`{"id":1}`)}
	t.write(func(ctx context.Context, w Writer) error { return w.Remember(ctx, "key", record) })
	for _, c := range []struct {
		name   string
		tenant auth.Tenant
		key    string
		at     time.Time
		want   bool
	}{
		{"the key", t.by.Tenant, "key", at, true},
		{"another key", t.by.Tenant, "other", at, false},
		{"another tenant", t.by.Tenant + "-other", "key", at, false},
		{"an expired key", t.by.Tenant, "key", at.Add(mutation.Retention), false},
	} {
		if err := t.Write(t.Context(), auth.Principal{Tenant: c.tenant, Actor: "suite"}, c.at, func(ctx context.Context, w Writer) error {
			got, ok, err := w.Recall(ctx, c.key)
			if ok != c.want || ok && (got.Hash != record.Hash || string(got.Outcome) != string(record.Outcome)) {
				t.Errorf("%s: recalled %v, %v", c.name, got, ok)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
	}
}
