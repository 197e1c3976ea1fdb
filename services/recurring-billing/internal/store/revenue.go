package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/line"
	"github.com/continuo-billing/continuo/services/recurring-billing/internal/revenue"
)

// Revenue stores recurring revenue in a database.
type Revenue struct {
	db *database.DB
	// line reads a line from a message of the change feed.
	line func(proto.Message) (line.Line, error)
}

var _ revenue.Store = (*Revenue)(nil)

// NewRevenue returns a Revenue on a migrated database. line reads the lines of the change feed.
func NewRevenue(db *database.DB, line func(proto.Message) (line.Line, error)) *Revenue {
	return &Revenue{db: db, line: line}
}

// Follow tells of lines.
func (s *Revenue) Follow() (news <-chan struct{}, leave func()) {
	return follow(s.db, database.Subject{Type: line.Type})
}

// leasable is the condition that a lease belongs to its owner ($1) or has expired at $2. A lease
// that ends later than any lease that begins now could ($3) was taken with a wrong clock, and
// counts as expired.
const leasable = `(p.lease_owner = $1 OR p.lease_until <= $2 OR p.lease_until > $3)`

func leaseArgs(by revenue.Lease) []any {
	return []any{by.Owner, by.Now.UnixMicro(), by.Until.UnixMicro()}
}

// uncounted returns the condition that an entry of the feed comes after a tenant's progress and not
// after a position ($5, $6). On SQLite, all entries have transaction 0; the condition states this
// so that SQLite uses the index.
func uncounted(engine database.Engine) string {
	if engine == database.SQLite {
		return `f.txid = 0 AND f.seq > COALESCE(p.cursor_seq, 0) AND (0, f.seq) <= ($5, $6)`
	}
	return `(f.txid, f.seq) > (COALESCE(p.cursor_txid, 0), COALESCE(p.cursor_seq, 0)) AND (f.txid, f.seq) <= ($5, $6)`
}

// Behind finds the tenants that have ever had a line and have entries after their progress.
func (s *Revenue) Behind(ctx context.Context, by revenue.Lease) (tenants []auth.Tenant, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		end, err := feed.End(ctx, tx)
		if err != nil {
			return err
		}
		tenants, err = database.Select(ctx, tx, "tenant with lines", func(row database.Row) (tenant auth.Tenant, err error) {
			return tenant, row.Scan(&tenant)
		}, `SELECT n.tenant FROM highest_numbers n LEFT JOIN revenue_progress p ON p.tenant = n.tenant
			WHERE n.kind = $4 AND (p.tenant IS NULL OR `+leasable+`) AND EXISTS (SELECT 1 FROM change_feed f WHERE f.tenant = n.tenant
				AND `+uncounted(tx.Engine)+`)
			ORDER BY n.tenant`, append(leaseArgs(by), lineKind.counter, end.Transaction, end.Sequence)...)
		return err
	})
	return tenants, err
}

func progress(ctx context.Context, tx *database.Tx, tenant auth.Tenant) (p revenue.Progress, err error) {
	var asOf int64
	err = tx.QueryRowContext(ctx, `SELECT cursor_txid, cursor_seq, as_of FROM revenue_progress WHERE tenant = $1`, string(tenant)).
		Scan(&p.Position.Transaction, &p.Position.Sequence, &asOf)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return p, fmt.Errorf("reading how far revenue is counted: %w", err)
	}
	if asOf != 0 {
		p.AsOf = time.UnixMicro(asOf).UTC()
	}
	return p, nil
}

var onlyLines = feed.Filter{Types: []string{line.Type}}

// Next reads the next stretch.
func (s *Revenue) Next(ctx context.Context, tenant auth.Tenant, limit int) (revenue.Stretch, error) {
	stretch := revenue.Stretch{Tenant: tenant}
	var entries []feed.Entry
	err := s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) (err error) {
		if stretch.Before, err = progress(ctx, tx, tenant); err != nil {
			return err
		}
		stretch.After = stretch.Before
		end, err := feed.End(ctx, tx)
		if err != nil {
			return err
		}
		stretch.After.Position = revenue.Position(end)
		entries, err = feed.Read(ctx, tx, tenant, feed.Position(stretch.Before.Position), onlyLines, limit)
		return err
	})
	if err != nil {
		return stretch, err
	}
	stretch.States = make([]revenue.State, len(entries))
	for i, entry := range entries {
		if stretch.States[i], err = s.lineState(entry); err != nil {
			return stretch, err
		}
		stretch.After.AsOf = entry.Time
	}
	// A full stretch ends at its last entry. Any other covers the whole feed.
	if stretch.More = len(entries) == limit; stretch.More {
		stretch.After.Position = revenue.Position(entries[limit-1].Position)
	}
	return stretch, nil
}

// lineState reads the state of a line from an entry.
func (s *Revenue) lineState(entry feed.Entry) (revenue.State, error) {
	message, err := entry.State.Message()
	if err != nil {
		return revenue.State{}, fmt.Errorf("reading the state of %s: %w", entry.Resource, err)
	}
	l, err := s.line(message)
	if err != nil {
		return revenue.State{}, fmt.Errorf("reading the state of %s: %w", entry.Resource, err)
	}
	return revenue.State{Line: l, Deleted: entry.Kind == feed.Deleted, At: entry.Time}, nil
}

// Advance checks and moves the progress, and counts, in one transaction.
func (s *Revenue) Advance(ctx context.Context, by revenue.Lease, stretch revenue.Stretch, do func(context.Context, revenue.Writer) error) (advanced bool, err error) {
	err = s.db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		if stretch.Before == (revenue.Progress{}) {
			_, err := tx.ExecContext(ctx, `INSERT INTO revenue_progress (tenant, cursor_txid, cursor_seq, as_of, lease_owner, lease_until)
				VALUES ($1, 0, 0, 0, '', 0) ON CONFLICT DO NOTHING`, string(stretch.Tenant))
			if err != nil {
				return fmt.Errorf("beginning to count revenue: %w", err)
			}
		}
		advanced, err = moveProgress(ctx, tx, by, stretch)
		if err != nil || !advanced {
			return err
		}
		return do(ctx, &ledger{tx: tx, tenant: stretch.Tenant})
	})
	return advanced && err == nil, err
}

func moveProgress(ctx context.Context, tx *database.Tx, by revenue.Lease, stretch revenue.Stretch) (bool, error) {
	asOf := int64(0)
	if !stretch.After.AsOf.IsZero() {
		asOf = stretch.After.AsOf.UnixMicro()
	}
	before, after := stretch.Before.Position, stretch.After.Position
	result, err := tx.ExecContext(ctx, `UPDATE revenue_progress AS p SET lease_owner = $1, lease_until = $3, cursor_txid = $4, cursor_seq = $5, as_of = $6
		WHERE tenant = $7 AND cursor_txid = $8 AND cursor_seq = $9 AND `+leasable,
		append(leaseArgs(by), after.Transaction, after.Sequence, asOf, string(stretch.Tenant), before.Transaction, before.Sequence)...)
	if err != nil {
		return false, fmt.Errorf("noting how far revenue is counted: %w", err)
	}
	moved, err := result.RowsAffected()
	if err != nil {
		return false, fmt.Errorf("noting how far revenue is counted: %w", err)
	}
	return moved == 1, nil
}

// Release ends leases.
func (s *Revenue) Release(ctx context.Context, by revenue.Lease) error {
	return s.db.Write(ctx, func(ctx context.Context, tx *database.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE revenue_progress SET lease_owner = '', lease_until = 0 WHERE lease_owner = $1`, by.Owner)
		if err != nil {
			return fmt.Errorf("releasing the leases on revenue: %w", err)
		}
		return nil
	})
}

// countedPage is how many months of groups are read at once.
const countedPage = 5000

// Report reads from one snapshot.
func (s *Revenue) Report(ctx context.Context, query revenue.Query, do func(revenue.Progress, bool, iter.Seq2[revenue.Counted, error]) error) error {
	return s.db.Read(ctx, func(ctx context.Context, tx *database.Tx) error {
		reached, err := progress(ctx, tx, query.Tenant)
		if err != nil {
			return err
		}
		waiting, err := feed.Read(ctx, tx, query.Tenant, feed.Position(reached.Position), onlyLines, 1)
		if err != nil {
			return err
		}
		return do(reached, len(waiting) > 0, counted(ctx, tx, query))
	})
}

// counted reads the figures page by page, only as far as they are consumed.
func counted(ctx context.Context, tx *database.Tx, query revenue.Query) iter.Seq2[revenue.Counted, error] {
	return func(yield func(revenue.Counted, error) bool) {
		after := query.After
		after.Month = 0
		for {
			found, err := database.Select(ctx, tx, "month of revenue", scanCounted,
				`SELECT currency, item_code, master_account_code, month, new, reactivation, expansion, contraction, churn, transfer, lines
				FROM revenue_movements WHERE tenant = $1 AND grouped_by = $2 AND (currency, item_code, master_account_code, month) > ($3, $4, $5, $6)
				AND month <= $7 ORDER BY currency, item_code, master_account_code, month LIMIT $8`,
				string(query.Tenant), int64(query.Grouping), string(after.Currency), string(after.Item), string(after.MasterAccount),
				after.Month.String(), query.To.String(), countedPage)
			if err != nil {
				yield(revenue.Counted{}, err)
				return
			}
			for _, one := range found {
				if !yield(one, nil) {
					return
				}
				after = one.Key
			}
			if len(found) < countedPage {
				return
			}
		}
	}
}

func scanCounted(row database.Row) (c revenue.Counted, err error) {
	var month string
	if err := row.Scan(&c.Currency, &c.Item, &c.MasterAccount, &month, &c.New, &c.Reactivation, &c.Expansion, &c.Contraction,
		&c.Churn, &c.Transfer, &c.Lines); err != nil {
		return c, err
	}
	c.Month, err = revenue.ParseMonth(month)
	return c, err
}
