package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// sessionRow converts a session to a row of its table.
func sessionRow(tenant auth.Tenant, session *organisation.Session) (rows.CreateSessionParams, error) {
	text, err := document(session)
	return rows.CreateSessionParams{
		Tenant:    string(tenant),
		ID:        string(session.ID),
		TokenHash: session.TokenHash,
		LastUsed:  sql.NullInt64{Int64: session.LastUsed.UnixMicro(), Valid: !session.Lasting},
		Version:   session.Version,
		Document:  text,
	}, err
}

func (r *reader) Session(ctx context.Context, key resource.Key) (organisation.Session, error) {
	return one[organisation.Session](ctx, r, "Session", key, finders{resource.KeyID: r.rows.GetSession})
}

func (w *writer) CreateSession(ctx context.Context, session *organisation.Session) error {
	session.Revision = w.first()
	row, err := sessionRow(w.tenant, session)
	if err != nil {
		return err
	}
	created, err := w.rows.CreateSession(ctx, row)
	return w.created(ctx, session, created, err)
}

func (w *writer) TouchSession(ctx context.Context, session *organisation.Session) error {
	session.Revision = w.next(session.Revision)
	row, err := sessionRow(w.tenant, session)
	if err != nil {
		return err
	}
	touched, err := w.rows.UpdateSession(ctx, rows.UpdateSessionParams(row))
	return changed(session, touched, err)
}

func (w *writer) DeleteSession(ctx context.Context, session *organisation.Session) error {
	deleted, err := w.rows.DeleteSession(ctx, rows.DeleteSessionParams{
		Tenant: string(w.tenant), ID: string(session.ID), Version: session.Version,
	})
	if err := changed(session, deleted, err); err != nil {
		return err
	}
	return w.Record(ctx, feed.Deleted, session)
}

func (w *writer) PurgeSessions(ctx context.Context, before time.Time) error {
	if err := w.rows.PurgeSessions(ctx, string(w.tenant), before.UnixMicro()); err != nil {
		return fmt.Errorf("removing expired sessions: %w", err)
	}
	return nil
}
