package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/organisation"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// sessionColumns maps the fields of the session list to columns. last_used is NULL where a session
// never expires.
var sessionColumns = map[string]string{
	"name": "id", organisation.FieldUser: "user_id", "organisation": "organisation", "create_time": "created",
	"last_use_time": "last_used", organisation.FieldExpireTime: fmt.Sprintf("coalesce(ends, last_used + %d)", organisation.SessionIdle.Microseconds()),
}

// sessionRow converts a session to a row of its table.
func sessionRow(tenant auth.Tenant, session *organisation.Session) (rows.CreateSessionParams, error) {
	text, err := document(session)
	return rows.CreateSessionParams{
		Tenant:       string(tenant),
		ID:           string(session.ID),
		TokenHash:    session.TokenHash,
		LastUsed:     sql.NullInt64{Int64: session.LastUsed.UnixMicro(), Valid: !session.Lasting},
		Version:      session.Version,
		Document:     text,
		UserID:       string(session.User),
		Organisation: string(session.Organisation),
		Created:      session.Created.UnixMicro(),
		Ends:         sql.NullInt64{Int64: session.Ends.UnixMicro(), Valid: !session.Ends.IsZero()},
	}, err
}

func (r *reader) Session(ctx context.Context, key resource.Key) (organisation.Session, error) {
	return one[organisation.Session](ctx, r, "Session", key, finders{resource.KeyID: r.rows.GetSession})
}

func (r *reader) Sessions(ctx context.Context, query listing.Query) ([]organisation.Session, error) {
	found, err := r.list(query, sessionColumns).ListSessions(ctx, string(r.tenant))
	return many[organisation.Session]("Session", found, err)
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

func (w *writer) PurgeSessions(ctx context.Context, before time.Time) error {
	if err := w.rows.PurgeSessions(ctx, rows.PurgeSessionsParams{
		Tenant: string(w.tenant), UnusedSince: before.UnixMicro(), EndedBefore: before.Add(organisation.SessionIdle).UnixMicro(),
	}); err != nil {
		return fmt.Errorf("removing expired sessions: %w", err)
	}
	return nil
}
