package store_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/fstest"

	webhooksv1 "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/store"
)

var marks = fstest.MapFS{"00100_marks.sql": {Data: []byte(
	"-- +goose Up\nCREATE TABLE marks (tenant TEXT NOT NULL, id TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (tenant, id));\n")}}

// mark is a resource whose text changes.
type mark struct{ id, text string }

var markList = listing.Spec[mark]{Name: "marks", Fields: listing.Fields[mark]{
	"name": {Filter: true, Parse: resourcename.MustCompile("marks/{mark}").Parser()},
}}

// markReader reads marks.
type markReader struct{ store.Reader }

func (r markReader) marks(ctx context.Context, query listing.Query) ([]mark, error) {
	rows, err := r.Tx.List(query, map[string]string{"name": "id"}).QueryContext(ctx, `SELECT id, text FROM marks WHERE tenant = $1`, string(r.Tenant))
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // Err has its error
	var found []mark
	for rows.Next() {
		var m mark
		if err := rows.Scan(&m.id, &m.text); err != nil {
			return nil, err
		}
		found = append(found, m)
	}
	return found, rows.Err()
}

// counting counts the transactions that read.
type counting struct {
	mutation.Store[markReader, store.Writer]
	reads atomic.Int32
}

func (c *counting) Read(ctx context.Context, tenant auth.Tenant, do func(context.Context, markReader) error) error {
	c.reads.Add(1)
	return c.Store.Read(ctx, tenant, do)
}

// TestBatchGetSeesOneState changes all resources when a BatchGet has read the first of several portions.
func TestBatchGetSeesOneState(t *testing.T) {
	databasetest.Each(t, marks, func(t *testing.T, db *database.DB) {
		names := make([]string, 300)
		for i := range names {
			names[i] = fmt.Sprintf("marks/%03d", i)
			databasetest.Execute(t, db, fmt.Sprintf("INSERT INTO marks VALUES ('a', '%03d', 'before')", i))
		}
		kept := &counting{Store: store.New(db, message, func(r store.Reader) markReader { return markReader{r} }, func(w store.Writer) store.Writer { return w })}
		list := func(ctx context.Context, query listing.Query) ([]mark, error) {
			return mutation.Read(ctx, mutation.Service[markReader, store.Writer]{Store: kept}, func(ctx context.Context, r markReader) ([]mark, error) {
				return r.marks(ctx, query)
			})
		}
		texts := func(change func()) (texts []string) {
			converted := 0
			found, err := aip.BatchGet(ann, markList.ByName, names, list, func(m mark) (*webhooksv1.WebhookEndpoint, error) {
				if converted++; converted == 1 {
					change()
				}
				return &webhooksv1.WebhookEndpoint{Name: "marks/" + m.id, Description: m.text}, nil
			})
			if err != nil || len(found) != len(names) {
				t.Fatalf("got %d, error %v", len(found), err)
			}
			for _, m := range found {
				texts = append(texts, m.GetDescription())
			}
			return slices.Compact(texts)
		}
		during := texts(func() { databasetest.Execute(t, db, "UPDATE marks SET text = 'after'") })
		if after := texts(func() {}); fmt.Sprint(during, after) != "[before] [after]" {
			t.Errorf("got %s during the change and %s after it", during, after)
		}
		if got := kept.reads.Load(); got != 2 {
			t.Errorf("two calls read in %d transactions", got)
		}
	})
}
